import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { logRows } from './log-table.ts';
import { recover, wipeRedis } from './lost-redis.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterEach(() => fleet?.close());
afterAll(() => workspace?.stop());

async function open(options: FleetOptions = {}): Promise<void> {
  fleet = await Fleet.open(workspace, options);
}

const succeeded = async (id: string) => (await fleet.plans.view(id)).counts.succeeded;
const runsLast = (milliseconds: number) =>
  workspace.emulator.local.config({ run_duration_ms: { min: milliseconds, max: milliseconds } });

test('a backfill whose workers and Redis are lost goes on without running a date twice', async () => {
  await open({ settings: { max_concurrent_runs: 4 } });
  await runsLast(300);
  const workers = [await fleet.workerProcess(), await fleet.workerProcess()];
  const days = sourceDays(36);
  const id = await fleet.backfill(days);
  await fleet.until('a part of the log', async () => {
    const rows = await logRows(workspace, id);
    return rows.filter(({ status }) => status === 'SUCCESS').length >= 3;
  });

  // From here on the log lags: some ends and starts are in Redis only.
  await workspace.emulator.local.fault({ match: { path: '/sql/*' }, status: 503, times: null });
  const before = await succeeded(id);
  await fleet.until('ends that nobody logs', async () => (await succeeded(id)) >= before + 4);
  await runsLast(5_000);
  const started = (await fleet.runs()).length;
  await fleet.until('four long runs', async () => (await fleet.runs()).length >= started + 4);
  for (const { child } of workers) child.kill('SIGKILL');
  await Promise.all(workers.map(({ result }) => result));
  await wipeRedis(fleet);
  await workspace.emulator.local.clearFaults();
  await runsLast(100);

  const made = await fleet.runs();
  const { restored, present, unreadable, unexplained_runs } = await recover(fleet);
  expect({ present, unreadable, unexplained_runs }).toEqual({
    present: [],
    unreadable: [],
    unexplained_runs: [],
  });
  expect(restored).toMatchObject([{ id, state: 'paused', contested: [], counts: { total: 36 } }]);
  const liveNow = (await fleet.liveRuns()).length;
  expect(liveNow).toBeGreaterThan(0);
  expect(restored[0]?.live_runs).toBeGreaterThanOrEqual(liveNow);
  expect(restored[0]?.state_reason).toMatch(/resume/i);
  expect(restored[0]?.counts.succeeded).toBeLessThan(before + 4);
  expect(await fleet.runNow()).toHaveLength(made.length);

  await fleet.worker();
  const attached = (restored[0]?.live_runs ?? 0) + (restored[0]?.ended_runs ?? 0);
  const logged = restored[0]?.counts.succeeded ?? 0;
  await fleet.until('the ends of the attached runs', async () => (await succeeded(id)) === logged + attached);
  expect(await fleet.runs()).toHaveLength(made.length);

  await fleet.control.resume(id);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 36 } });
  const dates = (await fleet.runs()).map(({ parameters }) => parameters.position_date).sort();
  expect(dates).toEqual(days);
  await expectInvariants(fleet, [id], { limit: 4 });
});
