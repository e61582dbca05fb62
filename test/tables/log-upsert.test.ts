import type { BackfillRow } from '../../src/tables/backfill-row.ts';
import { upsertBackfillRows } from '../../src/tables/backfill-upsert.ts';
import { searchLog } from '../../src/tables/log-search.ts';
import { readLogSummary } from '../../src/tables/log-summary.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import { type ConnectedWorkspace, connectWorkspace, freshNames } from './connected-workspace.ts';
import { logRow } from './log-rows.ts';

describe('Writing the log', () => {
  let workspace: ConnectedWorkspace;
  let names: TableNames;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());
  beforeEach(async () => {
    names = freshNames();
    const calendar = { from: '2024-06-01', to: '2024-06-30' };
    await setUpTables({ warehouse: workspace.warehouse, names, calendar, layout: 'partition' });
  });

  const write = (...rows: Parameters<typeof logRow>[0][]) =>
    upsertLogRows(workspace.warehouse, names, rows.map(logRow));
  const read = async () => (await searchLog(workspace.warehouse, names, {}, { limit: 100 })).items;

  it('gives an attempt one row that goes from STARTED to its end and keeps what was known', async () => {
    await write({ status: 'STARTED', backfillJobId: '11529215046068469760' });
    await write({
      status: 'FAILED',
      startTime: null,
      endTime: '2024-07-01T10:05:00.250Z',
      errorMessage: 'platform/CLUSTER_ERROR: gone',
      runPageUrl: 'https://example.test/run/1',
      retryMetadata: {
        originalRunId: 'b_2024-06-03_0',
        retryCount: 2,
        retryTriggeredBy: 'policy',
        retryTriggeredAt: '2024-07-01T10:00:00.000Z',
      },
    });
    expect(await read()).toEqual([
      {
        run_id: 'b_2024-06-03_1',
        position_date: '2024-06-03',
        job_name: '02_process_data',
        job_id: '9007199254740993',
        status: 'FAILED',
        start_time: '2024-07-01T10:00:00.000Z',
        end_time: '2024-07-01T10:05:00.250Z',
        backfill_job_id: '11529215046068469760',
        error_message: 'platform/CLUSTER_ERROR: gone',
        creator_user_name: 'ada',
        run_page_url: 'https://example.test/run/1',
        retry_metadata:
          '{"is_retry":true,"original_run_id":"b_2024-06-03_0","retry_count":2,"retry_triggered_by":"policy","retry_triggered_at":"2024-07-01T10:00:00.000Z"}',
        backfill_id: 'b',
        attempt: 1,
        position_end_date: null,
        quality: null,
      },
    ]);
  });

  it.each(['SUCCESS', 'FAILED', 'CANCELLED', 'SKIPPED'] as const)(
    'never changes a row that ended with %s',
    async (status) => {
      await write({ status, endTime: '2024-07-01T10:05:00.000Z' });
      await write({ status: 'STARTED', errorMessage: 'late' });
      await write({ status: status === 'SUCCESS' ? 'FAILED' : 'SUCCESS', errorMessage: 'later' });
      expect(await readLogSummary(workspace.warehouse, names)).toEqual([
        { status, count: 1, earliest_date: '2024-06-03', latest_date: '2024-06-03' },
      ]);
      const { items } = await searchLog(workspace.warehouse, names, { status }, { limit: 10 });
      expect(items).toEqual([expect.objectContaining({ status, error_message: null })]);
    },
  );

  it('may be sent again: the same batch twice leaves the same rows', async () => {
    const batch = [{ status: 'SUCCESS' as const }, { runId: 'b_2024-06-04_1', positionDate: '2024-06-04' }];
    await write(...batch);
    const before = await read();
    await write(...batch);
    expect(await read()).toEqual(before);
    expect(before).toHaveLength(2);
  });

  it('takes a start and an end of the same attempt in one batch', async () => {
    await write(
      { status: 'STARTED' },
      { status: 'SUCCESS', startTime: null, endTime: '2024-07-01T10:01:00.000Z' },
    );
    expect(await read()).toEqual([
      expect.objectContaining({ status: 'SUCCESS', start_time: '2024-07-01T10:00:00.000Z' }),
    ]);
  });

  it('keeps values as they are, whatever they look like', async () => {
    const texts = [
      "'); DROP TABLE backfill_log; --",
      '`; DELETE FROM x; `',
      ':rows :job_id ? $1 {x}',
      'back\\slash \\n \\u0041 "quoted"',
      'line\nbreak\ttab \u2028 größe 表 🚀',
      '[{"run_id":"x"}]',
    ];
    await write(
      ...texts.map((text, nr) => ({ runId: `b_${text}`, errorMessage: text, jobName: text, attempt: nr })),
    );
    const items = await read();
    expect(items.map((item) => item.error_message).sort()).toEqual([...texts].sort());
    expect(items.every((item) => item.run_id === `b_${item.job_name}`)).toBe(true);
    for (const jobName of texts) {
      expect((await searchLog(workspace.warehouse, names, { jobName }, { limit: 10 })).items).toHaveLength(1);
    }
  });

  it('takes 10,000 rows in one call', async () => {
    const rows = Array.from({ length: 10_000 }, (_, nr) =>
      logRow({
        runId: `b_${nr}`,
        status: nr % 2 === 0 ? 'SUCCESS' : 'STARTED',
        errorMessage: 'x'.repeat(200),
      }),
    );
    await upsertLogRows(workspace.warehouse, names, rows);
    await upsertLogRows(
      workspace.warehouse,
      names,
      rows.map((row) => ({ ...row, status: 'FAILED' as const })),
    );
    expect(
      (await readLogSummary(workspace.warehouse, names)).map(({ status, count }) => [status, count]),
    ).toEqual([
      ['FAILED', 5000],
      ['SUCCESS', 5000],
    ]);
  });

  it('says to run setup when the table is gone', async () => {
    await workspace.warehouse.execute(`DROP TABLE ${names.backfillLog}`);
    await expect(write({})).rejects.toMatchObject({ code: 'tables_missing' });
  });
});

describe('Writing backfills', () => {
  let workspace: ConnectedWorkspace;
  let names: TableNames;

  beforeAll(async () => {
    workspace = await connectWorkspace();
    names = freshNames();
    const calendar = { from: '2024-06-01', to: '2024-06-30' };
    await setUpTables({ warehouse: workspace.warehouse, names, calendar, layout: 'partition' });
  });
  afterAll(() => workspace.close());

  const row: BackfillRow = {
    backfillId: '0197a000-0000-7000-8000-000000000001',
    jobName: "it's",
    jobId: '7',
    request: { job: "it's", dates: ['2024-06-03'] },
    createdBy: 'ada',
    createdAt: '2024-07-01T10:00:00.000Z',
    state: 'planning',
    finishedAt: null,
  };
  const write = (...rows: BackfillRow[]) => upsertBackfillRows(workspace.warehouse, names, rows);
  const read = (backfillId: string) =>
    workspace.warehouse.query(
      `SELECT state, request, job_name, created_by, finished_at IS NOT NULL AS finished FROM ${names.backfills} WHERE backfill_id = :id`,
      { id: backfillId },
    );

  it('follows the state and keeps the request that a later write leaves out', async () => {
    await write(row);
    await write({ ...row, state: 'paused', request: null });
    expect(await read(row.backfillId)).toEqual([
      {
        state: 'paused',
        request: JSON.stringify(row.request),
        job_name: "it's",
        created_by: 'ada',
        finished: false,
      },
    ]);
  });

  it.each(['completed', 'cancelled', 'completed_with_failures'] as const)(
    'never takes back the end %s, in one call or in two',
    async (state) => {
      const ended = { ...row, backfillId: `ended-${state}`, state, finishedAt: '2024-07-01T11:00:00.000Z' };
      await write({ ...ended, state: 'running', finishedAt: null }, ended, { ...ended, state: 'paused' });
      await write({ ...ended, state: 'running', finishedAt: null });
      expect(await read(ended.backfillId)).toEqual([expect.objectContaining({ state, finished: true })]);
    },
  );
});
