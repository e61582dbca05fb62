import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { logRows } from './log-table.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

const RUNS_GET = { method: 'GET', path: 'jobs/runs/get' };
const RUNS_LIST = { method: 'GET', path: 'jobs/runs/list' };

test('runs are seen to end although Databricks answers badly for a while', async () => {
  fleet = await Fleet.open(workspace);
  const { local } = workspace.emulator;
  const [bad = '', ...good] = sourceDays(30);
  await fleet.script(bad, { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' });
  await fleet.runsTake(500);
  await fleet.worker();
  const id = await fleet.backfill([bad, ...good]);
  // From here on nobody else lists runs: the census is taken, and the next one is a minute away.
  const counted = () => fleet.redis.hexists(fleet.keys.target(fleet.jobId), 'reconciled_ms');
  await fleet.until('the census of runs', async () => (await counted()) === 1);
  await local.fault({ match: RUNS_LIST, status: 503 });
  await local.fault({ match: RUNS_LIST, reset: 'before' });
  await local.fault({ match: RUNS_LIST, status: 429, retry_after: 1 });
  await local.fault({ match: RUNS_LIST, status: 200, body: '<html>Sign in</html>', skip_first: 2 });
  await local.fault({ match: RUNS_GET, status: 503, times: 2 });
  expect(await fleet.ended(id)).toMatchObject({ counts: { succeeded: 29, failed: 1 } });
  expect(fleet.facts.count('watch.failed')).toBeGreaterThan(2);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a worker that stops while a look waits for its turn tells of no failure', async () => {
  fleet = await Fleet.open(workspace);
  const { redis, keys, jobId } = fleet;
  const { worker } = await fleet.worker();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('its run', async () => (await fleet.plans.view(id)).counts.running === 1);
  // As after a 429: nobody may send anything for a minute.
  const [sent = ''] = await redis.keys(`${keys.prefix}:requests:*:last`);
  await redis.set(sent.replace(/last$/, 'hold'), '1', 'PX', 60_000);
  let before: (string | null)[] = [];
  await fleet.until('a look whose turn is renewed', async () => {
    const [look = null, heldUntil = null] = await redis.hmget(
      `${keys.target(jobId)}:look`,
      'look',
      'held_until',
    );
    const [lookBefore, heldBefore = null] = before;
    before = [look, heldUntil];
    return look === lookBefore && heldUntil !== null && heldBefore !== null && heldUntil !== heldBefore;
  });
  await worker.stop();
  expect(fleet.facts.count('watch.failed')).toBe(0);
});

test('a run that was deleted at Databricks fails its attempt and the date is tried again', async () => {
  fleet = await Fleet.open(workspace);
  const { worker } = await fleet.worker();
  await fleet.runsTake(700);
  const id = await fleet.backfill(sourceDays(3));
  await fleet.until('three runs', async () => (await fleet.plans.view(id)).counts.running === 3);
  await worker.stop();
  await fleet.until('their end', async () => (await fleet.liveRuns()).length === 0);
  const [unlucky] = await fleet.runs();
  await fleet.deleteRun(unlucky?.run_id ?? '');

  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
  expect((await fleet.plans.dates(id)).map(({ attempt }) => attempt)).toEqual([2, 1, 1]);
  await expectInvariants(fleet, [id], { limit: 20 });
  const [first] = await logRows(workspace, id);
  expect(first).toMatchObject({ status: 'FAILED', backfill_job_id: unlucky?.run_id });
  expect(first?.error_message).toMatch(/^platform\/RUN_DELETED: /);
});

test('a run that is missing from the list is asked for by its id, again and again', async () => {
  fleet = await Fleet.open(workspace);
  const { local } = workspace.emulator;
  await fleet.worker();
  // How long runs take is known from here on.
  await fleet.ended(await fleet.backfill(sourceDays(2)));
  await local.fault({ match: RUNS_LIST, status: 200, body: '{}', times: null });
  // Asked for at once, since its start was doubtful, and lives on.
  await local.fault({ match: { method: 'POST', path: 'jobs/run-now' }, reset: 'after' });
  await fleet.runsTake(1_500);
  const id = await fleet.backfill(sourceDays(1));
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 1 } });
  expect((await fleet.runNow()).at(-1)).toMatchObject({ created: false });
});

test('a run that lives on although it should have ended is asked for later each time', async () => {
  fleet = await Fleet.open(workspace);
  const { local } = workspace.emulator;
  await fleet.worker();
  // How long runs take is known from here on.
  await fleet.ended(await fleet.backfill(sourceDays(2)));
  await local.fault({ match: RUNS_LIST, status: 200, body: '{}', times: null });
  await fleet.runsTake(60_000);
  const asked = async () => (await local.ledger()).requests['GET /api/2.2/jobs/runs/get'] ?? 0;
  const before = await asked();
  const id = await fleet.backfill(sourceDays(1));
  const askedAtMs: number[] = [];
  for (const times of [1, 2, 3]) {
    await fleet.until(`question ${times}`, async () => (await asked()) >= before + times);
    askedAtMs.push(Date.now());
  }
  const [first = 0, second = 0, third = 0] = askedAtMs;
  // At an age of two seconds for the first time, and each time at about twice the age.
  expect(third - second).toBeGreaterThan(second - first + 1_000);
  await local.clearFaults();
  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 1 } });
});

test('a run deleted before its id was known fails its attempt, for its token is spent', async () => {
  fleet = await Fleet.open(workspace);
  const { local } = workspace.emulator;
  const { worker } = await fleet.worker();
  await local.fault({ match: { method: 'POST', path: 'jobs/run-now' }, hold: true });
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('a held answer', async () => (await local.held()) === 1);
  await worker.stop();
  await fleet.until('the end of its run', async () => (await fleet.liveRuns()).length === 0);
  const [run] = await fleet.runs();
  await fleet.deleteRun(run?.run_id ?? '');
  await local.clearFaults();

  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 1 } });
  expect((await fleet.plans.dates(id))[0]).toMatchObject({ attempt: 2 });
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a run that takes too long is cancelled, counts as timed out and is tried again', async () => {
  fleet = await Fleet.open(workspace, { policy: { runDeadlineMs: 1_000 } });
  await fleet.runsTake(60_000);
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(2));
  await fleet.until('two deadlines', () => fleet.facts.count('run.deadline_passed') === 2);
  await fleet.runsTake(50);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 2 } });
  await expectInvariants(fleet, [id], { limit: 20 });
  const failures = (await logRows(workspace, id)).filter(({ status }) => status === 'FAILED');
  expect(failures).toHaveLength(2);
  for (const row of failures) expect(row.error_message).toMatch(/^timeout\/DEADLINE_EXCEEDED: /);
});

test('the time that a run waits in the queue of Databricks does not count against its deadline', async () => {
  fleet = await Fleet.open(workspace, {
    settings: { max_concurrent_runs: 1 },
    policy: { runDeadlineMs: 1_000 },
  });
  const endForeignRuns = await fleet.foreignRuns(sourceDays(1));
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('a run that has waited longer than the deadline', async () => {
    const [run] = await fleet.liveRuns();
    return run?.run_state === 'QUEUED' && Date.now() - Date.parse(run.at) > 1_500;
  });
  await endForeignRuns();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 1 } });
  expect(fleet.facts.count('run.deadline_passed')).toBe(0);
  expect((await fleet.plans.dates(id))[0]).toMatchObject({ attempt: 1 });
});
