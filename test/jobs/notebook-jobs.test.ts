import { join } from 'node:path';
import { configuredJobs } from '../../src/config/configured-jobs.ts';
import type { RunOutput } from '../../src/databricks/jobs-api.ts';
import type { Run } from '../../src/databricks/run.ts';
import { applyJobs } from '../../src/jobs/apply-jobs.ts';
import { chooseFailedDates } from '../../src/planning/failed-dates.ts';
import { readFailureLog } from '../../src/tables/failure-log.ts';
import { eventually } from '../harness/eventually.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

const REPO = join(import.meta.dirname, '../..');
const MONDAY = '2024-06-03';
const FRIDAY = '2024-06-07';

describe('The jobs 03 and 05 of the shipped configuration', () => {
  let workspace: TestWorkspace;

  beforeAll(async () => {
    workspace = await startWorkspace();
  });
  afterAll(() => workspace.stop());
  beforeEach(() => workspace.warehouse.execute(`DELETE FROM ${workspace.tables.backfillLog} WHERE true`));

  const applied = async (key: string) => {
    const definitions = configuredJobs(workspace.config, key);
    const options = { client: workspace.client, definitions, notebooksDir: join(REPO, 'notebooks') };
    const [job] = await applyJobs(options);
    return job?.jobId ?? '';
  };

  let runs = 0;
  async function run(
    jobId: string,
    notebookParams: Record<string, string>,
  ): Promise<Run & { output: RunOutput }> {
    const { jobs } = workspace.client;
    runs += 1;
    const { runId } = await jobs.runNow({ jobId, notebookParams, idempotencyToken: `mission-${runs}` });
    const ended = await eventually(
      () => jobs.getRun(runId),
      ({ outcome }) => outcome !== null,
    );
    return { ...ended, output: await jobs.getRunOutput(ended.tasks[0]?.runId ?? '') };
  }

  const log = (rows: string) =>
    workspace.warehouse.execute(
      `INSERT INTO ${workspace.tables.backfillLog} (run_id, position_date, job_name, job_id, status, start_time, end_time, retry_metadata, error_message, position_end_date) VALUES ${rows}`,
    );

  it('are made only when they are named, and then as they stand there', async () => {
    expect(configuredJobs(workspace.config, undefined).map(({ key }) => key)).toEqual(['02_process_data']);
    const jobId = await applied('05_retry_failed_jobs');
    const { rawSettings } = await workspace.client.jobs.get(jobId);
    expect(rawSettings).toMatchObject({
      schedule: {
        quartz_cron_expression: '0 0 9 * * ?',
        timezone_id: 'America/New_York',
        pause_status: 'PAUSED',
      },
      tasks: [{ task_key: 'retry_failures' }],
    });
    expect(await workspace.client.jobs.list({ name: '03_backfill_orchestrator' })).toEqual([]);
  });

  it('03 fails while a range has gaps, with the command that fills them, and succeeds when it is complete', async () => {
    const jobId = await applied('03_backfill_orchestrator');
    const range = { start_date: MONDAY, end_date: FRIDAY };
    const incomplete = await run(jobId, range);
    expect(incomplete.outcome?.kind).not.toBe('succeeded');
    expect(incomplete.output.error).toContain(
      `5 US business days of 02_process_data have no success, and this job starts no runs. Fill them with: backfill run --missing --job 02_process_data --from ${MONDAY} --to ${FRIDAY}`,
    );
    await log(
      ['03', '04', '05', '06', '07']
        .map(
          (day) =>
            `('r${day}', DATE'2024-06-${day}', '02_process_data', '1', 'SUCCESS', NULL, NULL, NULL, NULL, NULL)`,
        )
        .join(', '),
    );
    expect((await run(jobId, range)).outcome?.kind).toBe('succeeded');
    expect((await run(jobId, { ...range, end_date: 'Friday' })).output.error).toContain(
      'must be dates YYYY-MM-DD',
    );
  });

  it('03 counts every day of a window that succeeded, and only those', async () => {
    const jobId = await applied('03_backfill_orchestrator');
    await log(
      `('w1', DATE'${MONDAY}', '02_process_data', '1', 'SUCCESS', NULL, NULL, NULL, NULL, DATE'${FRIDAY}'),
       ('w2', DATE'2024-06-10', '02_process_data', '1', 'FAILED', NULL, NULL, NULL, NULL, DATE'2024-06-14'),
       ('w3', DATE'2024-06-11', '02_process_data', '1', 'SUCCESS', NULL, NULL, NULL, NULL, DATE'2024-06-16')`,
    );
    const week = await run(jobId, { start_date: '2024-06-04', end_date: '2024-06-09' });
    expect(week.outcome?.kind).toBe('succeeded');
    const both = await run(jobId, { start_date: MONDAY, end_date: '2024-06-16' });
    expect(both.output.error).toContain('1 US business day of 02_process_data has no success');
  });

  it('05 fails while a failure is open, with the command that retries it, and succeeds when none is', async () => {
    const jobId = await applied('05_retry_failed_jobs');
    await log(
      `('f1', DATE'${MONDAY}', 'j', '1', 'FAILED', ${ago(50)}, ${ago(49)}, NULL, NULL, NULL),
       ('f2', DATE'${FRIDAY}', 'j', '1', 'FAILED', ${ago(50)}, ${ago(49)}, NULL, NULL, NULL),
       ('f3', DATE'${FRIDAY}', 'j', '1', 'FAILED', ${ago(40)}, ${ago(39)}, '{"is_retry":true}', NULL, NULL),
       ('old', DATE'2024-06-05', 'j', '1', 'FAILED', ${ago(9_000)}, ${ago(8_999)}, NULL, NULL, NULL)`,
    );
    const open = await run(jobId, {});
    expect(open.output.error).toContain(
      '2 failed dates of the last day are open, and this job retries nothing. Retry with: backfill sweep --days-back 1 --max-retries 10',
    );
    await log(`('s1', DATE'${MONDAY}', 'j', '1', 'SUCCESS', ${ago(30)}, ${ago(29)}, NULL, NULL, NULL)`);
    expect((await run(jobId, { retry_days_back: '2' })).output.error).toContain(
      '1 failed date of the last 2 days is open',
    );
    await log(`('s2', DATE'${FRIDAY}', 'j', '1', 'SUCCESS', ${ago(30)}, ${ago(29)}, NULL, NULL, NULL)`);
    expect((await run(jobId, {})).outcome?.kind).toBe('succeeded');
  });

  it('05 counts only dates that the sweep would retry', async () => {
    const jobId = await applied('05_retry_failed_jobs');
    const failed = (date: string) =>
      `DATE'2024-06-${date}', 'j', '1', 'FAILED', ${ago(50)}, ${ago(49)}, NULL`;
    await log(
      `('never', ${failed('03')}, 'configuration/INVALID_PARAMETER_VALUE: no such warehouse', NULL),
       ('stopped', ${failed('04')}, NULL, NULL),
       ('stopped2', DATE'2024-06-04', 'j', '1', 'CANCELLED', ${ago(40)}, ${ago(39)}, NULL, NULL, NULL),
       ('under_way', ${failed('05')}, NULL, NULL),
       ('under_way2', DATE'2024-06-05', 'j', '1', 'STARTED', ${ago(1)}, NULL, '{"is_retry":true}', NULL, NULL),
       ('retried', DATE'2024-06-06', 'j', '1', 'FAILED', ${ago(50)}, ${ago(49)}, '{"is_retry":true}', NULL, NULL)`,
    );
    expect((await run(jobId, {})).outcome?.kind).toBe('succeeded');
    await log(`('again', ${failed('07')}, 'user_code/RUN_EXECUTION_ERROR: no rows', NULL)`);
    expect((await run(jobId, {})).output.error).toContain('1 failed date of the last day is open');
    expect(await chosenBySweep()).toEqual([FRIDAY]);
  });

  /** A moment some minutes ago, in SQL. */
  function ago(minutes: number): string {
    return `current_timestamp() - INTERVAL ${minutes} MINUTE`;
  }

  /** The dates that the sweep chooses from the same log. */
  async function chosenBySweep(): Promise<string[]> {
    const window = { sinceMs: Date.now() - 86_400_000 };
    const tries = await readFailureLog(workspace.warehouse, workspace.tables, { window, jobId: null });
    const rules = { window, maxDates: 10, isOpen: () => false };
    return chooseFailedDates(tries, rules).chosen.map(({ positionDate }) => positionDate);
  }
});
