import type { DateView } from '../../queues/plan/date-view.ts';
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

interface Ended {
  readonly id: string;
  readonly dates: readonly DateView[];
}

/** Backfills one fresh date for each list of run ends; where the list is over, the notebook runs. */
async function backfillEnding(...ends: readonly (readonly object[])[]): Promise<Ended> {
  const days = sourceDays(ends.length);
  for (const [index, day] of days.entries()) await fleet.script(day, ...(ends[index] ?? []));
  await fleet.worker();
  const id = await fleet.backfill(days);
  await fleet.ended(id);
  // A scripted success did not run the notebook either.
  const unprocessed = days.filter((_, index) =>
    ends[index]?.some((end) => JSON.stringify(end).includes('SUCCESS_WITH_FAILURES')),
  );
  await expectInvariants(fleet, [id], { limit: 20, unprocessed });
  return { id, dates: await fleet.plans.dates(id) };
}

test('what user code or configuration broke fails at once with the words of the task', async () => {
  const { id, dates } = await backfillEnding(
    [{ termination_code: 'RUN_EXECUTION_ERROR', message: 'UNRESOLVED_COLUMN: no column v' }],
    // The trap: the old words say INTERNAL_ERROR although user code raised.
    [
      {
        termination_code: 'RUN_EXECUTION_ERROR',
        life_cycle_state: 'INTERNAL_ERROR',
        result_state: 'FAILED',
        message: 'division by zero',
      },
    ],
    [{ termination_code: 'INVALID_RUN_CONFIGURATION', message: 'no such warehouse' }],
    [{ termination_code: 'A_CODE_OF_2030', termination_type: 'CLIENT_ERROR', message: 'your fault' }],
  );
  expect(dates.map(({ state, attempt, error_message }) => [state, attempt, error_message])).toEqual([
    ['failed', 1, 'user_code/RUN_EXECUTION_ERROR: UNRESOLVED_COLUMN: no column v'],
    ['failed', 1, 'user_code/RUN_EXECUTION_ERROR: division by zero'],
    ['failed', 1, 'configuration/INVALID_RUN_CONFIGURATION: no such warehouse'],
    ['failed', 1, 'user_code/A_CODE_OF_2030: your fault'],
  ]);
  const messages = (await logRows(workspace, id)).map((row) => row.error_message);
  expect(messages).toEqual(dates.map((date) => date.error_message));
  expect(await fleet.plans.view(id)).toMatchObject({
    state: 'completed_with_failures',
    counts: { failed: 4 },
  });
});

test('what the platform broke or cut short is tried again and linked to the first failure', async () => {
  const { id, dates } = await backfillEnding(
    [{ termination_code: 'CLUSTER_ERROR', message: 'node lost' }],
    [{ termination_code: 'INTERNAL_ERROR', life_cycle_state: 'INTERNAL_ERROR' }],
    [{ result_state: 'TIMEDOUT' }],
    [{ termination_code: 'CANCELED', message: 'over the maximum duration' }],
    [{ termination_code: 'A_CODE_OF_2030', termination_type: 'CLOUD_FAILURE' }],
    [{ termination_code: 'ANOTHER_OF_2030' }],
    [{ termination_code: 'RUN_EXECUTION_ERROR', message: '[DELTA_CONCURRENT_APPEND] SQLSTATE: 2D521' }],
  );
  expect(dates.map(({ state, attempt }) => [state, attempt])).toEqual(Array(7).fill(['succeeded', 2]));
  expect(await fleet.plans.view(id)).toMatchObject({ state: 'completed', counts: { succeeded: 7 } });
  const failures = (await logRows(workspace, id)).filter(({ status }) => status === 'FAILED');
  expect(failures.map((row) => (row.error_message ?? '').split(':')[0])).toEqual([
    'platform/CLUSTER_ERROR',
    'platform/INTERNAL_ERROR',
    'timeout/CANCELED',
    'timeout/CANCELED',
    'platform/A_CODE_OF_2030',
    'platform/ANOTHER_OF_2030',
    'platform/RUN_EXECUTION_ERROR',
  ]);
  const jobs = await fleet.queues.failedDates.getJobs(['completed']);
  expect(jobs.map((job) => job.returnvalue.decision)).toEqual(Array(7).fill('retry'));
});

test('a date that the platform fails three times has failed, and its backfill has too', async () => {
  const broken = { termination_code: 'DRIVER_ERROR', message: 'out of memory' };
  const { id, dates } = await backfillEnding([broken, broken, broken], []);
  expect(dates).toMatchObject([
    { state: 'failed', attempt: 3, error_message: 'platform/DRIVER_ERROR: out of memory' },
    { state: 'succeeded', attempt: 1, error_message: null },
  ]);
  expect(await fleet.plans.view(id)).toMatchObject({ state: 'completed_with_failures' });
  expect(await fleet.runs()).toHaveLength(4);
});

test('a run that a person cancelled is never tried again', async () => {
  const { id, dates } = await backfillEnding([{ termination_code: 'USER_CANCELED', message: 'stop it' }], []);
  expect(dates[0]).toMatchObject({
    state: 'cancelled',
    attempt: 1,
    error_message: 'cancelled/USER_CANCELED: stop it',
  });
  expect(await fleet.plans.view(id)).toMatchObject({
    state: 'completed_with_failures',
    counts: { cancelled: 1, succeeded: 1 },
  });
});

test('a success with failures is a success with a warning', async () => {
  const { id, dates } = await backfillEnding([
    { termination_code: 'SUCCESS_WITH_FAILURES', message: 'one task failed' },
  ]);
  expect(dates[0]).toMatchObject({ state: 'succeeded', attempt: 1 });
  const [row] = await logRows(workspace, id);
  expect(row).toMatchObject({
    status: 'SUCCESS',
    error_message: 'warning/SUCCESS_WITH_FAILURES: one task failed',
  });
});

test('a job may count a success with failures as a failure', async () => {
  await fleet.close();
  fleet = await Fleet.open(workspace, { policy: { successWithFailures: 'fail' } });
  const { dates } = await backfillEnding([
    { termination_code: 'SUCCESS_WITH_FAILURES', message: 'one task failed' },
  ]);
  expect(dates[0]).toMatchObject({
    state: 'failed',
    attempt: 1,
    error_message: 'user_code/SUCCESS_WITH_FAILURES: one task failed',
  });
});
