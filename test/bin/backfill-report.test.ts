import { backfillLines, datesTable } from '../../bin/backfill-report.ts';
import { logTable } from '../../bin/log-report.ts';
import { BackfillAnswerSchema, DateAnswersSchema } from '../../bin/rest-answers.ts';
import { analyticsTables } from '../../bin/verbs/retries.ts';

const ID = '0193-id';
const table = (...dates: object[]) =>
  datesTable(
    ID,
    DateAnswersSchema.parse(
      dates.map((date) => ({ position_date: '2024-06-03', state: 'pending', attempt: 1, ...date })),
    ),
  );

test('a date that waits for its next try says when that is, and why the last one failed', () => {
  const waits = { retry_at: '2024-07-01T10:00:00.000Z', error_message: 'platform/CLUSTER_ERROR: lost' };
  expect(table(waits)).toContain('again at 2024-07-01T10:00:00.000Z: platform/CLUSTER_ERROR: lost');
});

test('a date that has failed for good says why it is not tried again', () => {
  const failed = { state: 'failed', decision: 'fail', decision_reason: 'All 3 attempts are spent.' };
  expect(table({ ...failed, error_message: `user_code/X: ${'long '.repeat(50)}` })).toMatch(
    /user_code\/X: long .*… \(All 3 attempts are spent\.\)/,
  );
});

test('a long backfill names the command that has all of its dates', () => {
  const many = Array.from({ length: 61 }, () => ({ state: 'succeeded' }));
  expect(table(...many)).toBe(`(61 more dates; "backfill status ${ID} --csv" has them all)`);
});

test('a window shows its last day in every table of dates', () => {
  const window = { position_date: '2024-06-03', position_end_date: '2024-06-07' };
  const row = {
    ...{ run_id: 'r', job_name: 'j', job_id: '1', status: 'FAILED', start_time: null, end_time: null },
    ...{ backfill_job_id: null, error_message: null, creator_user_name: null, run_page_url: null },
    ...{ retry_metadata: null, backfill_id: null, attempt: 1, quality: null },
  };
  const log = {
    items: [
      { ...row, ...window },
      { ...row, position_date: '2024-06-10', position_end_date: null },
    ],
  };
  const recovered = {
    job_name: 'j',
    total_attempts: 2,
    max_retry_count: 1,
    first_failure: null,
    final_success: null,
  };
  const analytics = {
    recovered_dates: [{ ...recovered, ...window }],
    success_rates: [{ retry_attempt: 1, total_retries: 1, successful: 1, success_rate_pct: 100 }],
  };
  const tables = [
    table(window),
    logTable(log),
    logTable(log, { recent: true }),
    logTable(log, { failed: true }),
    analyticsTables(analytics),
  ];
  for (const text of tables) expect(text).toContain('2024-06-03 to 2024-06-07');
  expect(logTable(log)).toMatch(/^2024-06-10 +FAILED/m);
});

test('a retry names the backfill whose dates it runs again', () => {
  const backfill = {
    ...{ id: ID, job: 'j', job_id: '1', state: 'running', log_pending: 0, priority: 100 },
    ...{
      max_active_runs: null,
      created_by: 'ada',
      created_at: '2024-07-01T10:00:00.000Z',
      retry_of: '0192-first',
    },
    counts: {
      pending: 1,
      queued: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
      skipped: 0,
      cancelled: 0,
      total: 1,
    },
  };
  expect(backfillLines(BackfillAnswerSchema.parse(backfill))).toContain(
    'retries  failed dates of 0192-first',
  );
});
