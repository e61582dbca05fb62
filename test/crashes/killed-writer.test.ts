import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { logRows } from '../workers/log-table.ts';
import { sourceDays } from '../workers/source-days.ts';

const STATEMENT = { method: 'POST', path: '/sql/1.0/warehouses/*' };

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

test.each([
  ['after it had its effect', {}, true],
  ['before it arrived', { reset: 'before' }, false],
])(
  'a writer of the log killed in its MERGE, %s, loses no row and doubles none',
  async (_when, fault, isInTable) => {
    const { local } = workspace.emulator;
    const writer = await fleet.workerProcess();
    await fleet.runsTake(60_000);
    const id = await fleet.backfill(sourceDays(5));
    await fleet.until('five runs', async () => (await fleet.plans.view(id)).counts.running === 5);
    // Its session is open now, so that its next call is the statement with the first ends.
    await fleet.logged();
    await local.fault({ match: STATEMENT, hold: true, ...fault });
    await fleet.cancelRuns();
    await fleet.until('a statement under way', async () => (await local.held()) === 1);
    writer.child.kill('SIGKILL');
    await writer.result;
    const ended = (await logRows(workspace, id)).filter(({ status }) => status === 'CANCELLED');
    expect(ended.length > 0).toBe(isInTable);

    const other = await fleet.worker();
    expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 5 } });
    // The dead one's statement may still run: nobody writes beside it, and all five ends wait.
    expect(other.facts.count('log.written')).toBe(0);
    expect(await fleet.outbox.length()).toBeGreaterThanOrEqual(5);
    await fleet.releaseLogLease();
    await expectInvariants(fleet, [id], { limit: 20 });
  },
);
