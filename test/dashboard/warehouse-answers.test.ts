import { WorkspaceAccess } from '../../dashboard/workspace-access.ts';
import { Warehouse } from '../../src/databricks/warehouse.ts';
import { type LogRow, logColumns } from '../../src/tables/log-row.ts';
import { readLogSummary } from '../../src/tables/log-summary.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { jobConfig } from '../jobs/job-config.ts';
import { logRow } from '../tables/log-rows.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace, webConfig } from './running-web.ts';

const WEEK = { job: 'nightly', start_date: '2024-06-03', end_date: '2024-06-09' };

describe('With a warehouse', () => {
  let workspace: Workspace;
  let warehouse: Warehouse;
  let jobId: string;
  let web: RunningWeb;
  const { tables } = webConfig({ redis: { url: '', prefix: '' } });
  const names = TableNames.from(tables);
  const calendar = { from: '2024-06-01', to: '2024-06-30' };

  const rowOf = (date: string, attempt: number, part: Partial<LogRow>): LogRow =>
    logRow({
      runId: `b_${date}_${attempt}`,
      positionDate: date,
      attempt,
      jobName: 'nightly',
      jobId,
      startTime: `2024-07-01T1${attempt}:00:00.000Z`,
      endTime: `2024-07-01T1${attempt}:01:00.000Z`,
      ...part,
    });

  beforeAll(async () => {
    workspace = await startWorkspace();
    jobId = await workspace.createJob('nightly');
    const { warehouseId, caCert } = workspace.databricks;
    warehouse = new Warehouse({ client: workspace.client, warehouseId: warehouseId ?? '', caCert });
    await setUpTables({ warehouse, names, calendar, layout: 'partition' });
    await upsertLogRows(warehouse, names, [
      rowOf('2024-06-03', 1, { status: 'SUCCESS' }),
      rowOf('2024-06-04', 1, { status: 'FAILED', errorMessage: 'user_code/RUN_EXECUTION_ERROR: no rows' }),
      logRow({
        runId: 'b_2024-06-08_0',
        positionDate: '2024-06-08',
        jobName: 'nightly',
        jobId,
        status: 'SKIPPED',
        attempt: 0,
      }),
      rowOf('2024-06-05', 1, { status: 'SUCCESS', jobName: 'other', jobId: '77' }),
    ]);
  });
  afterAll(async () => {
    await warehouse.close();
    await workspace.close();
  });
  beforeEach(async () => {
    const jobs = { by_key: jobConfig('nightly', { key: 'by_key' }) };
    web = await startWeb({ databricks: workspace.databricks, jobs });
  });
  afterEach(() => web.close());

  const dryRun = (part: object = {}) => web.post('/api/backfills', { ...WEEK, dry_run: true, ...part });
  const verdicts = (reply: { json: Record<string, unknown> }) =>
    (reply.json.dates as { position_date: string; verdict: string; reason: string | null }[]).map(
      ({ position_date, verdict, reason }) => `${position_date.slice(8)} ${verdict} ${reason}`,
    );

  it('a dry run says for every date what would become of it, and stores nothing', async () => {
    const reply = await dryRun({ exclude_dates: ['2024-06-07'] });
    expect(reply.status).toBe(200);
    expect(reply.json.counts).toEqual({ run: 3, skip: 4, wait: 0, total: 7 });
    expect(verdicts(reply)).toEqual([
      '03 skip already_succeeded',
      '04 run null',
      '05 run null',
      '06 run null',
      '07 skip excluded',
      '08 skip not_business_day',
      '09 skip not_business_day',
    ]);
    expect(await web.keyNames()).toEqual([]);
  });

  it('a dry run of failed dates leaves out those that did not fail', async () => {
    expect(verdicts(await dryRun({ reprocess: 'failed', end_date: '2024-06-05' }))).toEqual([
      '03 skip already_succeeded',
      '04 run null',
      '05 skip not_failed',
    ]);
  });

  it('a dry run of all dates needs no warehouse', async () => {
    await web.close();
    web = await startWeb({ databricks: { ...workspace.databricks, warehouseId: null } });
    expect((await dryRun()).json.code).toBe('warehouse_missing');
    const all = await dryRun({ reprocess: 'all', order: 'desc', end_date: '2024-06-08' });
    expect(verdicts(all)).toEqual([
      '08 skip not_business_day',
      '07 run null',
      '06 run null',
      '05 run null',
      '04 run null',
      '03 run null',
    ]);
  });

  it('a dry run knows what the log has not been told yet', async () => {
    const row = JSON.stringify(rowOf('2024-06-05', 1, { status: 'SUCCESS' }));
    await web.redis.xadd(web.keys.outbox, '*', 'kind', 'attempt', 'backfill_id', 'b', 'body', row);
    expect(verdicts(await dryRun({ end_date: '2024-06-05' }))).toEqual([
      '03 skip already_succeeded',
      '04 run null',
      '05 skip already_succeeded',
    ]);
  });

  it('a dry run says which dates another backfill holds', async () => {
    const { json } = await web.post('/api/backfills', { job: 'nightly', dates: ['2024-06-04'] });
    const id = String(json.id);
    await web.plans.settle(await web.plans.requireRecord(id), await web.plans.plan(id), null);
    await web.dispatcher.feed(jobId);
    const reply = await dryRun({ end_date: '2024-06-05' });
    expect(verdicts(reply)).toEqual(['03 skip already_succeeded', '04 wait claimed', '05 run null']);
    expect(reply.json.counts).toEqual({ run: 1, skip: 1, wait: 1, total: 3 });
  });

  it.each(['by_key', 'nightly', 'the id'])('coverage of a job is found by %s', async (how) => {
    const job = how === 'the id' ? jobId : how;
    const { status, json } = await web.get(
      `/api/coverage?job=${job}&start_date=2024-06-01&end_date=2024-06-05`,
    );
    expect(status).toBe(200);
    expect(json).toEqual({
      job,
      totals: { processed: 1, missing: 2 },
      days: [
        { calendar_date: '2024-06-03', status: 'Processed' },
        { calendar_date: '2024-06-04', status: 'Missing' },
        { calendar_date: '2024-06-05', status: 'Missing' },
      ],
      as_of: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  it('a job that was deleted and made anew under its name starts without a past, for coverage, log and planning alike', async () => {
    const ask = async () => {
      const range = 'start_date=2024-06-03&end_date=2024-06-04';
      const coverage = await web.get(`/api/coverage?job=renewed&${range}&fresh=true`);
      const log = await web.get(`/api/log?job=renewed&${range}&fresh=true`);
      const plan = await dryRun({ job: 'renewed', end_date: '2024-06-04' });
      return { totals: coverage.json.totals, log: log.json.items, verdicts: verdicts(plan) };
    };
    const before = await workspace.createJob('renewed');
    await upsertLogRows(warehouse, names, [
      rowOf('2024-06-03', 7, { status: 'SUCCESS', jobName: 'renewed', jobId: before }),
    ]);
    expect(await ask()).toMatchObject({
      totals: { processed: 1, missing: 1 },
      log: [{ run_id: 'b_2024-06-03_7' }],
      verdicts: ['03 skip already_succeeded', '04 run null'],
    });
    await workspace.client.jobs.delete(before);
    await workspace.createJob('renewed');
    expect(await ask()).toEqual({
      totals: { processed: 0, missing: 2 },
      log: [],
      verdicts: ['03 run null', '04 run null'],
    });
    // Its rows would be among those that other tests count.
    await warehouse.execute(`DELETE FROM ${names.backfillLog} WHERE job_name = 'renewed'`);
  });

  it('the log comes newest first and page by page, without skipped dates unless they are asked for', async () => {
    const first = await web.get('/api/log?job=by_key&limit=1');
    expect(first.json.items).toEqual([
      logColumns(
        rowOf('2024-06-04', 1, { status: 'FAILED', errorMessage: 'user_code/RUN_EXECUTION_ERROR: no rows' }),
      ),
    ]);
    const second = await web.get(`/api/log?job=by_key&limit=1&cursor=${first.json.next_cursor}`);
    expect(second.json).toMatchObject({ items: [{ run_id: 'b_2024-06-03_1' }], next_cursor: null });
    const skipped = await web.get('/api/log?status=SKIPPED');
    expect(skipped.json.items).toMatchObject([{ run_id: 'b_2024-06-08_0' }]);
  });

  it('the summary of the log counts each status with its first and last date', async () => {
    const { text } = await web.get(`/api/log/summary?job=${jobId}`);
    expect(JSON.parse(text)).toEqual([
      { status: 'FAILED', count: 1, earliest_date: '2024-06-04', latest_date: '2024-06-04' },
      { status: 'SKIPPED', count: 1, earliest_date: '2024-06-08', latest_date: '2024-06-08' },
      { status: 'SUCCESS', count: 1, earliest_date: '2024-06-03', latest_date: '2024-06-03' },
    ]);
  });

  it.each(['/api/coverage?start_date=2024-06-01&end_date=2024-06-05&', '/api/log?'])(
    '%s of a misspelt job is an error and not an empty answer',
    async (path) => {
      const reply = await web.get(`${path}job=nihgtly`);
      expect([reply.status, reply.json.code]).toEqual([422, 'unknown_job']);
    },
  );

  it.each(["nightly' OR '1'='1", '"; DROP TABLE backfill_log; --'])(
    'a job of %s is a name and never SQL',
    async (job) => {
      const name = encodeURIComponent(job);
      expect((await web.get(`/api/log?job=${name}`)).json.code).toBe('unknown_job');
      expect((await web.get(`/api/log?backfill_id=${name}`)).json.items).toEqual([]);
      expect((await web.get('/api/log')).json.items).toHaveLength(3);
    },
  );

  it('an end before its start is refused', async () => {
    const reply = await web.get('/api/coverage?start_date=2024-06-05&end_date=2024-06-01');
    expect([reply.status, reply.json.code]).toEqual([422, 'end_before_start']);
  });

  it('tables that are missing are named, with what makes them', async () => {
    await web.close();
    web = await startWeb({ databricks: workspace.databricks, tables: { ...tables, schema: 'not_set_up' } });
    for (const path of [
      '/api/log',
      '/api/log/summary',
      '/api/coverage?start_date=2024-06-01&end_date=2024-06-05',
    ]) {
      const reply = await web.get(path);
      expect([reply.status, reply.json.code]).toEqual([503, 'tables_missing']);
      expect(reply.json.message).toContain('setup');
    }
    expect((await dryRun()).json.code).toBe('tables_missing');
  });

  it('a warehouse that does not answer in time is told from one that is gone', async () => {
    const { local } = workspace.emulator;
    await local.fault({ match: { method: 'POST', path: '/sql/1.0/warehouses/*' }, hold: true, times: 100 });
    const access = new WorkspaceAccess(webConfig({ databricks: workspace.databricks }));
    const reading = access.read(200, readLogSummary);
    await expect(reading).rejects.toMatchObject({
      code: 'warehouse_unavailable',
      message: expect.stringContaining('0.2 s'),
    });
    await local.clearFaults();
    await local.release();
    await access.close();
  });

  it('no warehouse configured is an answer, and hinders nothing that needs none', async () => {
    await web.close();
    web = await startWeb({ databricks: { ...workspace.databricks, warehouseId: null } });
    const reply = await web.get('/api/log');
    expect([reply.status, reply.json.code]).toEqual([503, 'warehouse_missing']);
    expect((await web.post('/api/backfills', WEEK)).status).toBe(202);
    expect((await web.get('/readyz')).status).toBe(200);
  });
});
