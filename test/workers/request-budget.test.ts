import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 60_000);
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

const DEFAULT = { BACKFILL_REQUESTS_PER_SECOND: '10' };

/** When each run was asked for, in order. */
async function startTimes(): Promise<number[]> {
  return (await fleet.runNow()).map(({ at }) => Date.parse(at)).sort((one, other) => one - other);
}

test('two worker processes together start at most ten runs a second, and all get their turn', async () => {
  fleet = await Fleet.open(workspace);
  await Promise.all([fleet.workerProcess(DEFAULT), fleet.workerProcess(DEFAULT)]);
  const id = await fleet.backfill(sourceDays(30));
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 30 } });
  const times = await startTimes();
  const inASecond = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
  // A request may take a little longer on its way than the one that was sent a second after it.
  expect(Math.max(...inASecond)).toBeLessThanOrEqual(12);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a 429 that one worker gets keeps both from asking for as long as it says', async () => {
  fleet = await Fleet.open(workspace);
  const processes = [await fleet.workerProcess(DEFAULT), await fleet.workerProcess(DEFAULT)];
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(4));
  await fleet.until('four runs', async () => (await fleet.plans.view(id)).counts.running === 4);
  const { local } = workspace.emulator;
  const asked = async () => {
    const { requests } = await local.ledger();
    return Object.entries(requests)
      .filter(([name]) => name.includes('/jobs/'))
      .reduce((sum, [, count]) => sum + count, 0);
  };
  await local.fault({ match: { method: 'GET', path: 'jobs/*' }, status: 429, retry_after: 3 });
  const held = async () => (await fleet.redis.keys(`${fleet.keys.prefix}:requests:*:hold`)).length === 1;
  await fleet.until('a 429', held);
  // What was under way may still arrive.
  const before = await asked();
  let while429 = before;
  await fleet.until('the end of the wait', async () => {
    const now = await asked();
    if (!(await held())) return true;
    while429 = now;
    return false;
  });
  expect(while429 - before).toBeLessThanOrEqual(2);
  await fleet.until('more looks', async () => (await asked()) > before + 2);
  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 4 } });
  expect(processes.map(({ child }) => child.exitCode)).toEqual([null, null]);
});
