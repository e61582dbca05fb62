import { runCommand } from '../harness/command.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { logRows } from './log-table.ts';
import { recover, wipeRedis, writeRow } from './lost-redis.ts';
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

/** A row that is unfinished would be found by the tests that follow. */
afterEach(async () => {
  const { warehouse, tables } = workspace;
  await warehouse.execute(`UPDATE ${tables.backfills} SET state = 'completed' WHERE finished_at IS NULL`);
});

const view = (id: string) => fleet.plans.view(id);
const runsLast = (milliseconds: number) =>
  workspace.emulator.local.config({ run_duration_ms: { min: milliseconds, max: milliseconds } });
const startRun = (positionDate: string, token: string) =>
  workspace.client.jobs.runNow({
    jobId: fleet.jobId,
    jobParameters: { position_date: positionDate },
    idempotencyToken: `${fleet.jobName} ${token}`,
  });

test('what the log knows stays: done, failed for good, cancelled; what may pass is tried again as a retry', async () => {
  const anHour = 3_600_000;
  await open({ policy: { retryDelayMs: anHour, maxRetryDelayMs: anHour } });
  const [done = '', broken = '', stopped = '', flaky = ''] = sourceDays(4);
  await fleet.script(broken, { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' });
  await fleet.script(stopped, { termination_code: 'USER_CANCELED' });
  await fleet.script(flaky, { termination_code: 'CLOUD_FAILURE' });
  const { worker } = await fleet.worker();
  const id = await fleet.backfill([done, broken, stopped, flaky]);
  await fleet.until(
    'all but the retry',
    async () => (await fleet.redis.get(fleet.keys.letters(id))) === 'sfcw',
  );
  await fleet.logged();
  await worker.stop();
  await wipeRedis(fleet);

  const { restored } = await recover(fleet, { resume: true });
  expect(restored).toMatchObject([
    { id, state: 'running', live_runs: 0, ended_runs: 0, counts: { succeeded: 1, failed: 1, cancelled: 1 } },
  ]);
  const known = await fleet.plans.dates(id);
  expect(known[0]).toMatchObject({ attempt: 1, run_id: expect.any(String), finished_at: expect.any(String) });
  expect(known[1]?.error_message).toMatch(/^user_code\/RUN_EXECUTION_ERROR: no such column/);

  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed_with_failures', counts: { succeeded: 2 } });
  expect(await fleet.runs()).toHaveLength(5);
  // The rows of the retry are linked to the first failure, as without the loss.
  await expectInvariants(fleet, [id], { limit: 20, unprocessed: [broken, stopped] });
});

test('a paused backfill stays paused even when the others go on', async () => {
  await open();
  const id = await fleet.backfill(sourceDays(2));
  const running = await fleet.backfill(sourceDays(1));
  await fleet.control.pause(id, 'lunch');
  await writeRow(fleet, id);
  await writeRow(fleet, running);
  await wipeRedis(fleet);
  const { restored } = await recover(fleet, { resume: true });
  expect(restored.map((backfill) => [backfill.id, backfill.state])).toEqual([
    [id, 'paused'],
    [running, 'planning'],
  ]);
  await fleet.worker();
  expect(await fleet.ended(running)).toMatchObject({ counts: { succeeded: 1 } });
  expect(await view(id)).toMatchObject({ state: 'paused', counts: { pending: 2 } });
});

test('a backfill that was still being planned is planned to the end and waits for resume', async () => {
  await open();
  const days = sourceDays(3);
  const { worker } = await fleet.worker();
  await fleet.ended(await fleet.backfill(days.slice(0, 1)));
  await fleet.logged();
  await worker.stop();
  const id = await fleet.backfill([...days, '2024-06-01']);
  await writeRow(fleet, id);
  await wipeRedis(fleet);

  expect(await recover(fleet)).toMatchObject({ restored: [{ id, state: 'paused' }] });
  await fleet.worker();
  await fleet.until('the verdicts', async () => (await view(id)).counts.skipped === 2);
  expect(await view(id)).toMatchObject({ state: 'paused', counts: { pending: 2 } });
  expect(await fleet.runs()).toHaveLength(1);
  await fleet.control.resume(id);
  expect(await fleet.ended(id)).toMatchObject({ counts: { succeeded: 2, skipped: 2 } });
  await fleet.logged();
  expect((await logRows(workspace, id)).map(({ status }) => status)).toEqual([
    'SKIPPED',
    'SUCCESS',
    'SUCCESS',
  ]);
});

test('a backfill that was being cancelled goes on being cancelled, together with its live runs', async () => {
  await open({ settings: { max_concurrent_runs: 2 } });
  await runsLast(60_000);
  const { worker } = await fleet.worker();
  const id = await fleet.backfill(sourceDays(4));
  await fleet.until('two runs', async () => (await view(id)).counts.running === 2);
  await fleet.logged();
  await worker.stop();
  await fleet.control.cancel(id, 'cancel');
  await writeRow(fleet, id);
  await wipeRedis(fleet);

  const { restored } = await recover(fleet);
  expect(restored).toMatchObject([
    { state: 'cancelling', live_runs: 2, counts: { running: 2, cancelled: 2 } },
  ]);
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 4 } });
  await fleet.logged();
  expect(await fleet.liveRuns()).toEqual([]);
  expect((await logRows(workspace, id)).map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED']);
});

test('a run that ended unseen is read by its id, without starting another, while its backfill is paused', async () => {
  await open();
  await runsLast(1_500);
  const days = sourceDays(1);
  const { worker } = await fleet.worker();
  const id = await fleet.backfill(days);
  await fleet.until('its run', async () => (await view(id)).counts.running === 1);
  await fleet.logged();
  await worker.stop();
  await wipeRedis(fleet);
  await fleet.until('its end', async () => (await fleet.liveRuns()).length === 0);

  expect(await recover(fleet)).toMatchObject({
    restored: [{ id, state: 'paused', live_runs: 0, ended_runs: 1, counts: { running: 1 } }],
  });
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 1 } });
  expect(await fleet.runNow()).toHaveLength(1);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a live run is taken for a date only if it can be no other; the rest is named and left alone', async () => {
  await open({ settings: { max_concurrent_runs: 10 } });
  await runsLast(3_000);
  const [one = '', two = '', none = '', foreign = ''] = sourceDays(4);
  const id = await fleet.backfill([one, two, none], { reprocess: 'all' });
  await writeRow(fleet, id);
  await wipeRedis(fleet);
  const { runId } = await startRun(one, 'one');
  const others = [
    await startRun(two, 'two'),
    await startRun(two, 'again'),
    await startRun(foreign, 'foreign'),
  ];
  await workspace.client.jobs.update(fleet.jobId, { max_concurrent_runs: 7 });

  const { restored, unexplained_runs } = await recover(fleet);
  expect(restored).toMatchObject([{ id, state: 'paused', live_runs: 1, counts: { running: 1, pending: 2 } }]);
  expect(unexplained_runs.map((run) => run.run_id).sort()).toEqual(others.map((run) => run.runId).sort());
  expect((await fleet.plans.dates(id))[0]).toMatchObject({ state: 'running', attempt: 1, run_id: runId });
  expect((await fleet.plans.target(fleet.jobId)).limit).toBe(7);

  await fleet.worker();
  await fleet.until('its end', async () => (await view(id)).counts.succeeded === 1);
  expect(await fleet.runs()).toHaveLength(4);
});

test('the backfill of a job that is gone waits and says why', async () => {
  await open();
  const id = await fleet.backfill(sourceDays(2));
  await writeRow(fleet, id);
  await wipeRedis(fleet);
  await workspace.client.jobs.delete(fleet.jobId);
  const { restored } = await recover(fleet, { resume: true });
  expect(restored).toMatchObject([{ id, state: 'paused', counts: { pending: 2 } }]);
  expect(restored[0]?.state_reason).toMatch(/job cannot be started: .*does not exist/);
});

test('a date that a new backfill has taken in the meantime waits, and keeps its own run', async () => {
  await open();
  await runsLast(4_000);
  const days = sourceDays(1);
  const { worker } = await fleet.worker();
  const lost = await fleet.backfill(days);
  await fleet.until('its run', async () => (await view(lost)).counts.running === 1);
  await fleet.logged();
  await worker.stop();
  await wipeRedis(fleet);

  const taker = await fleet.worker();
  const newer = await fleet.backfill(days, { reprocess: 'all' });
  await fleet.until('its run', async () => (await view(newer)).counts.running === 1);
  await fleet.logged();
  await taker.worker.stop();
  expect(await recover(fleet, { resume: true })).toMatchObject({
    restored: [{ id: lost, contested: days, live_runs: 0, counts: { pending: 1 } }],
    present: [newer],
    unexplained_runs: [],
  });
  expect((await fleet.plans.dates(lost))[0]).toMatchObject({ waiting_for: newer });

  await fleet.worker();
  expect(await fleet.ended(newer)).toMatchObject({ counts: { succeeded: 1 } });
  expect(await fleet.ended(lost)).toMatchObject({ counts: { succeeded: 1 } });
  const [own, other] = await fleet.runs();
  expect((await fleet.plans.dates(lost))[0]).toMatchObject({ attempt: 1, run_id: own?.run_id });
  expect((await fleet.plans.dates(newer))[0]).toMatchObject({ attempt: 1, run_id: other?.run_id });
  expect(await fleet.runs()).toHaveLength(2);
  await fleet.logged();
  expect(await logRows(workspace, lost)).toMatchObject([{ status: 'SUCCESS', backfill_job_id: own?.run_id }]);
});

test('runs that the log never heard of are found again by their tokens, through a refusal too', async () => {
  await open();
  const [refused = '', taken = ''] = sourceDays(2);
  const SATURDAY = '2024-06-08';
  await fleet.script(refused, {
    life_cycle_state: 'SKIPPED',
    termination_code: 'MAX_CONCURRENT_RUNS_EXCEEDED',
  });
  const id = await fleet.backfill([refused, taken, SATURDAY], { reprocess: 'all' });
  await writeRow(fleet, id);
  await workspace.emulator.local.fault({ match: { path: '/sql/*' }, status: 503, times: null });
  const { worker } = await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ counts: { succeeded: 2, skipped: 1 } });
  await worker.stop();
  await wipeRedis(fleet);
  await workspace.emulator.local.clearFaults();
  expect(await logRows(workspace, id)).toEqual([]);
  expect(await fleet.runs()).toHaveLength(3);

  expect(await recover(fleet, { resume: true })).toMatchObject({
    restored: [{ id, counts: { pending: 2, skipped: 1 } }],
    unexplained_runs: [],
  });
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ counts: { succeeded: 2, skipped: 1 } });
  await expectInvariants(fleet, [id], { limit: 20 });
  expect(await fleet.runs()).toHaveLength(3);
});

test('a success that was taken over from another backfill is taken over again', async () => {
  await open();
  await runsLast(300);
  const days = sourceDays(1);
  const { worker } = await fleet.worker();
  const first = await fleet.backfill(days);
  const second = await fleet.backfill([...days, ...sourceDays(1)]);
  await fleet.ended(first);
  await fleet.ended(second);
  await fleet.logged();
  await worker.stop();
  const { warehouse, tables } = workspace;
  await warehouse.execute(
    `UPDATE ${tables.backfills} SET state = 'running', finished_at = NULL WHERE backfill_id = :id`,
    { id: second },
  );
  await wipeRedis(fleet);
  expect(await recover(fleet)).toMatchObject({
    restored: [{ id: second, state: 'completed', counts: { succeeded: 2 } }],
  });
  expect((await fleet.plans.dates(second))[0]).toMatchObject({ reason: 'adopted', adopted_from: first });
});

test('the command tells what it restored, what it cannot restore, and when nothing is left to do', async () => {
  await open();
  const env = { ...workspace.env, BACKFILL_REDIS_PREFIX: fleet.config.redis.prefix };
  const id = await fleet.backfill(sourceDays(2));
  const blank = await fleet.backfill(sourceDays(1));
  await writeRow(fleet, id);
  await writeRow(fleet, blank);
  const { warehouse, tables } = workspace;
  await warehouse.execute(`UPDATE ${tables.backfills} SET request = '{}' WHERE backfill_id = :id`, {
    id: blank,
  });
  await wipeRedis(fleet);

  const first = await runCommand(['recover'], { env });
  expect(first).toMatchObject({ exitCode: 1, stderr: '' });
  expect(first.stdout).toContain(`${id}  ${fleet.jobName} (job ${fleet.jobId})\nstate    paused: Recovered`);
  expect(first.stdout).toContain('dates    2 pending (2 in all)');
  expect(first.stdout).toMatch(new RegExp(`^${blank}  cannot be made anew: .*request\\.asked`, 'm'));

  await warehouse.execute(`DELETE FROM ${tables.backfills} WHERE backfill_id = :id`, { id: blank });
  const second = await runCommand(['recover'], { env });
  expect(second).toEqual({
    exitCode: 0,
    stdout: '1 unfinished backfill still in Redis, left alone\nNothing to recover.\n',
    stderr: '',
  });

  const elsewhere = await runCommand(['recover'], { env: { ...env, BACKFILL_SCHEMA: 'nowhere' } });
  expect(elsewhere).toMatchObject({ exitCode: 1, stdout: '' });
  expect(elsewhere.stderr).toMatch(/nowhere lacks .*Run `backfill setup`/);
});
