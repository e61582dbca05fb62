import { idempotencyToken } from '../../queues/plan/attempt-id.ts';
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

test('while others fill the job, one date probes, no attempt is spent and the order is kept', async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 3, queue: { enabled: false } } });
  const endForeignRuns = await fleet.foreignRuns(sourceDays(3));
  const days = sourceDays(6);
  await fleet.worker();
  const id = await fleet.backfill(days);
  await fleet.until('a probe in vain', () => fleet.facts.count('run.refused') >= 4);
  expect((await fleet.plans.view(id)).counts).toMatchObject({ queued: 6 });
  await endForeignRuns();
  expect((await fleet.plans.view(id)).state_reason).toContain('MAX_CONCURRENT_RUNS_EXCEEDED');
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 6 } });

  const runs = await fleet.runs();
  const refused = runs.filter(({ run_state }) => run_state === 'SKIPPED');
  const refusals = days.map(
    (day) => refused.filter(({ parameters }) => parameters.position_date === day).length,
  );
  // Those that were at the door together once each, and then the first of them alone.
  expect(refusals[0]).toBeGreaterThan(1);
  for (const times of refusals.slice(1, 3)) expect(times).toBeLessThanOrEqual(1);
  expect(refusals.slice(3)).toEqual([0, 0, 0]);
  expect(new Set(runs.map((run) => run.idempotency_token)).size).toBe(runs.length);
  const taken = runs.filter(({ run_state }) => run_state !== 'SKIPPED');
  expect(taken.slice(0, 3).map((run) => run.parameters.position_date)).toEqual(days.slice(0, 3));
  expect(fleet.facts.dates('attempt.started')).toEqual(days);
  expect((await fleet.plans.dates(id)).map(({ attempt }) => attempt)).toEqual(Array(6).fill(1));
  await expectInvariants(fleet, [id], { limit: 3 });
});

test('a cancel while all wait for a place ends the rows of those whose runs were refused', async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 2, queue: { enabled: false } } });
  const endForeignRuns = await fleet.foreignRuns(sourceDays(2));
  await fleet.worker();
  const days = sourceDays(3);
  const id = await fleet.backfill(days);
  await fleet.until('two refusals', () => fleet.facts.dates('run.refused').length === 2);
  await fleet.control.cancel(id, 'cancel');
  expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 3 } });
  await fleet.logged();
  const rows = await logRows(workspace, id);
  expect(rows.map(({ position_date, status }) => [position_date, status])).toEqual([
    [days[0], 'CANCELLED'],
    [days[1], 'CANCELLED'],
  ]);
  expect(rows.every(({ end_millis }) => end_millis !== null)).toBe(true);
  await endForeignRuns();
});

test('a date whose refused run can never be started again keeps no open row when its backfill is cancelled', async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 1, queue: { enabled: false } } });
  const endForeignRuns = await fleet.foreignRuns(sourceDays(1));
  const { local } = workspace.emulator;
  await fleet.worker();
  const [day = ''] = sourceDays(1);
  const id = await fleet.backfill([day]);
  await fleet.until('a refusal', () => fleet.facts.count('run.refused') > 0);
  await local.fault({
    match: { method: 'POST', path: 'jobs/run-now' },
    status: 403,
    error_code: 'PERMISSION_DENIED',
    times: null,
  });
  await fleet.until('a pause', async () => (await fleet.plans.view(id)).state === 'paused');
  await fleet.logged();
  expect(await logRows(workspace, id)).toMatchObject([{ status: 'STARTED' }]);

  // Resumed in vain, the attempt is started and withdrawn once more.
  await fleet.control.resume(id);
  await fleet.until('another pause', () => fleet.facts.count('attempt.withdrawn') === 2);
  await fleet.control.cancel(id, 'cancel');
  expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 1 } });
  await fleet.logged();
  expect(await logRows(workspace, id)).toMatchObject([
    { position_date: day, attempt: 1, status: 'CANCELLED', end_millis: expect.any(Number) },
  ]);
  await local.clearFaults();
  await endForeignRuns();
});

test('a slot that somebody else holds costs the others nothing', async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 3, queue: { enabled: false } } });
  const endForeignRuns = await fleet.foreignRuns(sourceDays(1));
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(8));
  await fleet.until('a refusal', () => fleet.facts.count('run.refused') > 0);
  await endForeignRuns();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 8 } });
  await expectInvariants(fleet, [id], { limit: 3 });
});

test.each([
  ['without saying how long to wait', null],
  ['asking for two seconds', 2],
])('a workspace that throttles starts, %s, gets the same tokens later', async (_asked, retryAfter) => {
  fleet = await Fleet.open(workspace);
  const days = sourceDays(5);
  await workspace.emulator.local.fault({
    match: { method: 'POST', path: 'jobs/run-now' },
    status: 429,
    ...(retryAfter !== null && { retry_after: retryAfter }),
    times: 5,
  });
  const startedMs = Date.now();
  await fleet.worker();
  const id = await fleet.backfill(days);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 5 } });

  const runs = await fleet.runs();
  const firstTokens = days.map((date) =>
    idempotencyToken({
      host: workspace.emulator.url,
      jobId: fleet.jobId,
      attemptId: `${id}_${date}_1`,
      submission: 1,
    }),
  );
  // In whatever order: a start that nobody has refused yet waits for the same moment as those that were.
  expect(runs.map((run) => run.idempotency_token).sort()).toEqual(firstTokens.sort());
  const waitedMs = Math.min(...runs.map(({ at }) => Date.parse(at))) - startedMs;
  expect(waitedMs).toBeGreaterThanOrEqual((retryAfter ?? 1) * 1_000);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a full workspace delays dates and fails none', async () => {
  fleet = await Fleet.open(workspace, { settings: { queue: { enabled: false } } });
  const { local } = workspace.emulator;
  await local.config({ workspace_max_active_runs: 2 });
  try {
    await fleet.worker();
    const id = await fleet.backfill(sourceDays(5));
    await fleet.until('a refusal', () => fleet.facts.count('run.refused') > 0);
    await local.config({ workspace_max_active_runs: 2_000 });
    expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 5 } });
    await expectInvariants(fleet, [id], { limit: 20 });
  } finally {
    await local.config({ workspace_max_active_runs: 2_000 });
  }
});
