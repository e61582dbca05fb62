import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { sourceDays } from '../workers/source-days.ts';

const TAKEOVER_MS = 20_000;

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

test('as shipped, a killed worker’s runs are watched by another within 20 s', async () => {
  const shipped = { BACKFILL_CONFIG: workspace.env.BACKFILL_CONFIG ?? '' };
  const dying = await fleet.workerProcess(shipped);
  await fleet.runsTake(60_000);
  const days = sourceDays(5);
  const id = await fleet.backfill(days);
  await fleet.until('five runs', async () => (await fleet.plans.view(id)).counts.running === 5);
  const other = await fleet.workerProcess(shipped);
  const killedMs = Date.now();
  dying.child.kill('SIGKILL');
  await dying.result;
  for (const day of days) await other.untilSaid(new RegExp(`"${day}".*"attempt.reattached"`));
  expect(Date.now() - killedMs).toBeLessThan(TAKEOVER_MS);

  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 5 } });
  expect(await fleet.runNow()).toHaveLength(5);
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [id], { limit: 20 });
});
