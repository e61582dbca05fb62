import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { configuredJobs } from '../../src/config/configured-jobs.ts';
import type { RunOutput } from '../../src/databricks/jobs-api.ts';
import type { Run } from '../../src/databricks/run.ts';
import { applyJobs } from '../../src/jobs/apply-jobs.ts';
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
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(50)) {
      const current = await jobs.getRun(runId);
      const output = current.outcome && (await jobs.getRunOutput(current.tasks[0]?.runId ?? ''));
      if (output !== null) return { ...current, output };
    }
    throw new Error(`Run ${runId} did not end within 20 s.`);
  }

  const log = (rows: string) =>
    workspace.warehouse.execute(
      `INSERT INTO ${workspace.tables.backfillLog} (run_id, position_date, job_name, job_id, status, start_time, end_time, retry_metadata) VALUES ${rows}`,
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
      `5 business days of 02_process_data have no success, and this job starts no runs. Fill them with: backfill run --missing --job 02_process_data --from ${MONDAY} --to ${FRIDAY}`,
    );
    await log(
      ['03', '04', '05', '06', '07']
        .map(
          (day) => `('r${day}', DATE'2024-06-${day}', '02_process_data', '1', 'SUCCESS', NULL, NULL, NULL)`,
        )
        .join(', '),
    );
    expect((await run(jobId, range)).outcome?.kind).toBe('succeeded');
    expect((await run(jobId, { ...range, end_date: 'Friday' })).output.error).toContain(
      'must be dates YYYY-MM-DD',
    );
  });

  it('05 fails while a failure is open, with the command that retries it, and succeeds when none is', async () => {
    const jobId = await applied('05_retry_failed_jobs');
    const now = 'current_timestamp()';
    await log(
      `('f1', DATE'${MONDAY}', 'j', '1', 'FAILED', ${now}, ${now}, NULL),
       ('f2', DATE'${FRIDAY}', 'j', '1', 'FAILED', ${now}, ${now}, NULL),
       ('f3', DATE'${FRIDAY}', 'j', '1', 'FAILED', ${now}, ${now}, '{"is_retry":true}'),
       ('old', DATE'2024-06-05', 'j', '1', 'FAILED', TIMESTAMP'2024-06-05 09:00:00', TIMESTAMP'2024-06-05 10:00:00', NULL)`,
    );
    const open = await run(jobId, {});
    expect(open.output.error).toContain(
      '2 failures of the last 1 days are open, and this job retries nothing. Retry them with: backfill sweep --days-back 1 --max-retries 10',
    );
    await log(
      `('s1', DATE'${MONDAY}', 'j', '1', 'SUCCESS', ${now}, ${now}, NULL),
       ('s2', DATE'${FRIDAY}', 'j', '1', 'SUCCESS', ${now}, ${now}, NULL)`,
    );
    expect((await run(jobId, {})).outcome?.kind).toBe('succeeded');
  });
});
