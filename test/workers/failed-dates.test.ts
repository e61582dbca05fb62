import type { FailedDateJob } from '../../queues/payloads/failed-date-job.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { FleetWeb } from './fleet-web.ts';
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

/** The data of the date's jobs in `failed-dates` with what they returned, by attempt. */
async function decided(date: string): Promise<{ data: FailedDateJob; returned: unknown }[]> {
  const jobs = (await fleet.queues.failedDates.getJobs(['completed'])).filter(({ name }) => name === date);
  return jobs
    .map((job) => ({ data: job.data, returned: job.returnvalue }))
    .sort((one, other) => one.data.attempt - other.data.attempt);
}

test('a failed date says what its task raised, and why it is not tried again', async () => {
  const [date = ''] = sourceDays(1);
  await fleet.worker();
  const id = await fleet.backfill([date], {
    parameters: { source_table: 'demos.backfill_demo.no_such_table' },
  });
  await fleet.ended(id);
  await fleet.until('the decision', async () => (await decided(date)).length === 1);
  const [only] = await decided(date);
  const [view] = await fleet.plans.dates(id);
  expect(only?.data).toMatchObject({
    v: 1,
    backfill_id: id,
    position_date: date,
    attempt: 1,
    attempt_id: `${id}_${date}_1`,
    failure_class: 'user_code',
    termination_code: 'RUN_EXECUTION_ERROR',
    message: expect.stringMatching(/failed/i),
    task_error: expect.stringContaining('no_such_table'),
    task_trace: expect.stringContaining('no_such_table'),
    run_id: view?.run_id,
    run_page_url: expect.stringContaining(`/${view?.run_id}`),
  });
  const reason = 'A user_code failure would fail again; a person or the sweep decides.';
  expect(only?.returned).toEqual({ decision: 'fail', reason });
  expect(view).toMatchObject({ state: 'failed', decision: 'fail', decision_reason: reason });
});

test('what was decided of a failed date is seen on the queue board, and among the dates of its backfill', async () => {
  const [date = ''] = sourceDays(1);
  const web = await FleetWeb.open(fleet);
  try {
    await fleet.worker();
    const parameters = { source_table: 'demos.backfill_demo.no_such_table' };
    const id = await fleet.backfill([date], { parameters });
    await fleet.ended(id);
    await fleet.until('the decision', async () => (await decided(date)).length === 1);

    const decision = 'fail';
    const reason = 'A user_code failure would fail again; a person or the sweep decides.';
    const dates = await web.get(`/api/backfills/${id}/dates`);
    expect(dates.json).toMatchObject([{ position_date: date, decision, decision_reason: reason }]);
    const board = await web.get('/queues/api/queues?activeQueue=failed-dates&status=completed');
    const queues = board.json.queues as { name: string; jobs: object[] }[];
    expect(queues.find(({ name }) => name === 'failed-dates')?.jobs).toMatchObject([
      {
        name: `${date}, attempt 1`,
        data: { attempt_id: `${id}_${date}_1`, failure_class: 'user_code' },
        returnValue: { decision, reason },
      },
    ]);
  } finally {
    await web.close();
  }
});

test('a date that waits for its retry says so, and its cause fits whatever the task said', async () => {
  const [date = ''] = sourceDays(1);
  await fleet.close();
  fleet = await Fleet.open(workspace, { policy: { retryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 } });
  await fleet.script(date, { termination_code: 'CLUSTER_ERROR', message: `node lost ${'x'.repeat(50_000)}` });
  await fleet.worker();
  const id = await fleet.backfill([date]);
  await fleet.until('the decision', async () => (await decided(date)).length === 1);
  const [only] = await decided(date);
  expect(JSON.stringify(only?.data).length).toBeLessThan(12_000);
  expect(only?.data).toMatchObject({
    failure_class: 'platform',
    termination_code: 'CLUSTER_ERROR',
    message: expect.stringMatching(/^node lost x+…$/),
  });
  const [view] = await fleet.plans.dates(id);
  const reason = 'A platform failure may pass; attempt 2 of 3 follows.';
  expect(only?.returned).toEqual({ decision: 'retry', reason, retry_at: view?.retry_at });
  expect(view).toMatchObject({ state: 'pending', decision: 'retry', decision_reason: reason });
});
