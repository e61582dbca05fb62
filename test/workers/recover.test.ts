import { Recovery, type RecoveryParts } from '../../queues/recovery/recovery.ts';
import type { RecoveryReport } from '../../queues/recovery/recovery-report.ts';
import { decideOnFailure } from '../../workers/retry-decision.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { logRows } from './log-table.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 60_000);
afterEach(() => fleet?.close());
afterAll(() => workspace?.stop());

async function open(options: FleetOptions = {}): Promise<void> {
  fleet = await Fleet.open(workspace, options);
}

/** What `backfill recover` does, in this process. */
function recover(options = { resume: false }): Promise<RecoveryReport> {
  const { client, warehouse, tables } = workspace;
  const { redis, keys, plans, dispatcher, config } = fleet;
  const mayRetry: RecoveryParts['mayRetry'] = (failure, maxAttempts) =>
    decideOnFailure(failure, { maxAttempts, retryDelayMs: 0, maxRetryDelayMs: 0 }).kind === 'retry';
  const parts = { redis, keys, plans, dispatcher, client, warehouse, tables, config, mayRetry };
  return new Recovery(parts).recover(options);
}

/** Redis is lost, as far as this test goes. */
async function wipeRedis(): Promise<void> {
  for await (const keys of fleet.redis.scanStream({
    match: `${fleet.config.redis.prefix}:*`,
    count: 1_000,
  })) {
    if (keys.length > 0) await fleet.redis.unlink(keys);
  }
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
  await wipeRedis();
  await workspace.emulator.local.clearFaults();
  await runsLast(100);

  const made = await fleet.runs();
  const { restored, present, unreadable, unexplained_runs } = await recover();
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
}, 60_000);
