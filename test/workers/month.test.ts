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
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

const JUNE = { start_date: '2024-06-01', end_date: '2024-06-30' };

test('a month runs its 19 business days and logs the 11 other days as skipped', async () => {
  await fleet.worker();
  const id = await fleet.backfill([], { dates: undefined, ...JUNE });
  const view = await fleet.ended(id);
  expect(view).toMatchObject({ state: 'completed', counts: { succeeded: 19, skipped: 11, total: 30 } });
  await expectInvariants(fleet, [id], { limit: 20 });
  expect(await fleet.runs()).toHaveLength(19);

  const rows = await logRows(workspace, id);
  const runs = new Map((await fleet.runs()).map((run) => [run.parameters.position_date, run.run_id]));
  const about = {
    job_name: fleet.jobName,
    job_id: fleet.jobId,
    creator_user_name: 'tester',
    backfill_id: id,
  };
  for (const row of rows) {
    expect(row).toMatchObject({ ...about, position_end_date: row.position_date, retry_metadata: null });
    expect(row.end_millis).toBeGreaterThanOrEqual(row.start_millis ?? Number.POSITIVE_INFINITY);
  }
  for (const row of rows.filter(({ status }) => status === 'SUCCESS')) {
    const runId = runs.get(row.position_date) ?? '';
    expect(row).toMatchObject({ attempt: 1, error_message: null, backfill_job_id: runId });
    expect(row.run_page_url).toContain(`/run/${runId}`);
  }
  for (const row of rows.filter(({ status }) => status === 'SKIPPED')) {
    expect(row).toMatchObject({ attempt: 0, error_message: 'not_business_day', backfill_job_id: null });
    expect(row.run_page_url).toBeNull();
  }
});

test('a range that is done already runs nothing', async () => {
  await fleet.worker();
  const days = sourceDays(3);
  const first = await fleet.backfill(days);
  await fleet.ended(first);
  await fleet.logged();
  const second = await fleet.backfill(days);
  expect(await fleet.ended(second)).toMatchObject({ state: 'completed', counts: { skipped: 3, total: 3 } });
  const reasons = (await fleet.plans.dates(second)).map(({ reason }) => reason);
  expect(reasons).toEqual(Array(3).fill('already_succeeded'));
  expect(await fleet.runs()).toHaveLength(3);
  await expectInvariants(fleet, [first, second], { limit: 20 });
});

test('a range that was done while the log could not be written runs nothing a second time', async () => {
  await fleet.worker();
  const days = sourceDays(3);
  await fleet.ended(await fleet.backfill(days));
  await fleet.logged();
  const more = [...days, ...sourceDays(2)];

  await workspace.emulator.local.fault({ match: { path: '/sql/*' }, status: 503, times: null });
  const unlogged = await fleet.backfill(more, { reprocess: 'all' });
  expect(await fleet.ended(unlogged)).toMatchObject({ counts: { succeeded: 5 }, state: 'completed' });
  expect((await fleet.plans.view(unlogged)).log_pending).toBeGreaterThan(0);
  const again = await fleet.backfill(more);
  await fleet.until('planning to say what it waits for', async () =>
    ((await fleet.plans.view(again)).state_reason ?? '').startsWith('Waiting for the log'),
  );
  expect(await fleet.plans.view(again)).toMatchObject({ state: 'planning' });

  await workspace.emulator.local.clearFaults();
  expect(await fleet.ended(again)).toMatchObject({ state: 'completed', counts: { skipped: 5 } });
  expect(await fleet.runs()).toHaveLength(8);
});

test('reprocess all runs every date again, failed only those that failed last', async () => {
  await fleet.worker();
  const [bad = '', ...good] = sourceDays(4);
  await fleet.script(bad, { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' });
  const first = await fleet.backfill([bad, ...good]);
  expect(await fleet.ended(first)).toMatchObject({ state: 'completed_with_failures' });
  await fleet.logged();

  const [untried = ''] = sourceDays(1);
  const failed = await fleet.backfill([bad, ...good, untried], { reprocess: 'failed' });
  expect(await fleet.ended(failed)).toMatchObject({ counts: { succeeded: 1, skipped: 4 } });
  const reasons = (await fleet.plans.dates(failed)).map(({ reason }) => reason);
  expect(reasons).toEqual([null, ...Array(3).fill('already_succeeded'), 'not_failed']);

  const all = await fleet.backfill([bad, ...good], { reprocess: 'all' });
  expect(await fleet.ended(all)).toMatchObject({ state: 'completed', counts: { succeeded: 4 } });
  await expectInvariants(fleet, [first, failed, all], { limit: 20 });
});
