import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogRow } from '../../src/tables/log-row.ts';
import { searchLog } from '../../src/tables/log-search.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { readRetryAnalytics } from '../../src/tables/retry-analytics.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import { type ConnectedWorkspace, connectWorkspace, freshNames } from './connected-workspace.ts';
import { logRow } from './log-rows.ts';

let workspace: ConnectedWorkspace;
let names: TableNames;

const row = (date: string, attempt: number, part: Partial<LogRow>) =>
  logRow({
    runId: `b_${date}_${attempt}`,
    positionDate: date,
    attempt,
    startTime: `2024-07-01T1${attempt}:00:00.000Z`,
    endTime: `2024-07-01T1${attempt}:01:30.500Z`,
    ...part,
  });

beforeAll(async () => {
  workspace = await connectWorkspace();
  names = freshNames();
  const { warehouse } = workspace;
  const calendar = { from: '2020-01-01', to: '2026-12-31' };
  await setUpTables({ warehouse, names, calendar, layout: 'partition' });
  const retryMetadata = {
    originalRunId: 'b_2024-06-04_1',
    retryCount: 1,
    retryTriggeredBy: 'policy',
    retryTriggeredAt: '2024-07-01T11:00:00.000Z',
  };
  await upsertLogRows(warehouse, names, [
    row('2024-06-03', 1, { status: 'SUCCESS' }),
    row('2024-06-04', 1, { status: 'FAILED', errorMessage: 'platform/CLUSTER_ERROR: lost' }),
    row('2024-06-04', 2, { status: 'SUCCESS', retryMetadata }),
    row('2024-06-05', 1, { status: 'FAILED', errorMessage: 'user_code/RUN_EXECUTION_ERROR: no rows' }),
    row('2024-06-06', 3, { status: 'STARTED', endTime: null }),
    row('2024-06-08', 0, { status: 'SKIPPED', errorMessage: 'not_business_day' }),
  ]);
  await warehouse.execute(
    `INSERT INTO ${names.destinationData} SELECT * FROM ${names.sourceData} WHERE position_date = '2024-06-17'`,
  );
});
afterAll(() => workspace.close());

/** Runs a statement of the document as it is printed there, table names aside. */
function ask(statement: string): Promise<Record<string, unknown>[]> {
  const sql = statement.replaceAll(/demos\.backfill_demo\.(\w+)/g, `${names.quotedSchema}.\`$1\``);
  return workspace.warehouse.query(sql);
}

/** The statements of the guide's code blocks, in order: the guide prints the document's. */
const GUIDE = readFileSync(join(__dirname, '../../docs/guides/monitoring.md'), 'utf8');
const PRINTED = [...GUIDE.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) =>
  sql.trim().replace(/;$/, ''),
);

function printed(beginning: string): string {
  const found = PRINTED.find((sql) => sql.startsWith(`-- ${beginning}`));
  if (found === undefined) throw new Error(`The guide has no query "${beginning}".`);
  return found;
}

describe("The document's queries work as printed on the tables that we write:", () => {
  it('overall status summary', async () => {
    expect(await ask(printed('Overall Status Summary'))).toEqual([
      { status: 'FAILED', count: 2, earliest_date: '2024-06-04', latest_date: '2024-06-05' },
      { status: 'SKIPPED', count: 1, earliest_date: '2024-06-08', latest_date: '2024-06-08' },
      { status: 'STARTED', count: 1, earliest_date: '2024-06-06', latest_date: '2024-06-06' },
      { status: 'SUCCESS', count: 2, earliest_date: '2024-06-03', latest_date: '2024-06-04' },
    ]);
  });

  it('recent runs, whose durations the search of the log tells as well', async () => {
    const rows = await ask(printed('Recent Runs'));
    expect(rows.map(({ status, duration_seconds }) => [status, duration_seconds])).toEqual([
      ['STARTED', null],
      ['SUCCESS', 90],
      ...Array(3).fill([expect.any(String), 90]),
      ['SKIPPED', 90],
    ]);
    expect(rows[1]).toMatchObject({
      position_date: '2024-06-04',
      start_time: expect.stringContaining('12:00:00'),
    });
    const { items } = await searchLog(workspace.warehouse, names, {}, { limit: 20, durations: true });
    expect(items.map(({ duration_seconds }) => duration_seconds)).toEqual([null, 90, 90, 90, 90]);
  });

  it('failed runs, in the order of the dates as in the search of the log', async () => {
    const rows = await ask(printed('Failed Runs'));
    expect(rows).toEqual([
      { position_date: '2024-06-04', error_message: 'platform/CLUSTER_ERROR: lost' },
      { position_date: '2024-06-05', error_message: 'user_code/RUN_EXECUTION_ERROR: no rows' },
    ]);
    const filter = { status: 'FAILED' } as const;
    const order = 'position_date';
    const first = await searchLog(workspace.warehouse, names, filter, { limit: 1, order });
    const cursor = first.nextCursor ?? '';
    const second = await searchLog(workspace.warehouse, names, filter, { limit: 1, order, cursor });
    const found = [...first.items, ...second.items];
    expect(found.map(({ position_date, error_message }) => ({ position_date, error_message }))).toEqual(rows);
    expect(second.nextCursor).toBeNull();
  });

  it('business day coverage', async () => {
    const rows = await ask(printed('Business Day Coverage'));
    expect(rows).toHaveLength(251);
    expect(rows.filter(({ status }) => status === 'Processed')).toEqual([
      { calendar_date: '2024-06-03', status: 'Processed' },
      { calendar_date: '2024-06-04', status: 'Processed' },
    ]);
  });

  it('failed jobs that a retry may start from', async () => {
    const sql = printed('Query Failed Jobs');
    expect(await ask(sql)).toEqual([]);
    const rows = await ask(sql.replace("INTERVAL '1' DAYS", "INTERVAL '10000' DAYS"));
    expect(rows.map(({ run_id }) => run_id).sort()).toEqual(['b_2024-06-04_1', 'b_2024-06-05_1']);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      'position_date',
      'job_name',
      'job_id',
      'run_id',
      'error_message',
    ]);
  });

  it('dates that succeeded after retries, and how often the nth retry did, as the analytics tell', async () => {
    const { recovered_dates, success_rates } = await readRetryAnalytics(workspace.warehouse, names, {});
    const recovered = await ask(printed('Find position dates that succeeded after retries'));
    expect(recovered).toMatchObject([{ position_date: '2024-06-04', total_attempts: 2, max_retry_count: 1 }]);
    expect(recovered_dates).toMatchObject([
      { position_date: '2024-06-04', total_attempts: 2, max_retry_count: 1 },
    ]);
    const rates = await ask(printed('Retry success rate by attempt number'));
    expect(rates).toMatchObject([{ retry_attempt: '1', total_retries: 1, successful: 1 }]);
    expect(rates.map(({ success_rate_pct }) => Number(success_rate_pct))).toEqual([100]);
    expect(success_rates).toEqual([
      { retry_attempt: 1, total_retries: 1, successful: 1, success_rate_pct: 100 },
    ]);
  });

  it('the checks after a first run, and of the calendar', async () => {
    expect(await ask(printed('Rows of one date'))).toHaveLength(10);
    const [latest] = await ask(printed('Latest rows of the log'));
    expect(latest).toMatchObject({ run_id: 'b_2024-06-06_3', attempt: 3, end_time: null });
    expect(await ask(printed('Range of the calendar'))).toEqual([
      { first: '2020-01-01', last: '2026-12-31' },
    ]);
    expect(await ask(printed('Failed dates to retry'))).toEqual([
      { position_date: '2024-06-04' },
      { position_date: '2024-06-05' },
    ]);
  });
});

it('A log of 10,000 rows is paged through, each row once and never more than a page at a time', async () => {
  const { warehouse } = workspace;
  const large = freshNames();
  await setUpTables({
    warehouse,
    names: large,
    calendar: { from: '2024-06-01', to: '2024-06-30' },
    layout: 'partition',
  });
  await warehouse.execute(
    `INSERT INTO ${large.backfillLog} (run_id, position_date, job_name, job_id, status, start_time, end_time, attempt)
SELECT concat('b_', CAST(n AS STRING)), date_add(DATE'2000-01-01', CAST(n / 2 AS INT)), 'large', '1', 'SUCCESS',
  timestamp_millis(1719828000000 + 1000 * CAST(n / 3 AS BIGINT)), NULL, 1
FROM (SELECT explode(sequence(1, 10000)) AS n)`,
  );
  for (const order of ['newest', 'position_date'] as const) {
    const seen = new Set<string>();
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await searchLog(warehouse, large, { jobName: 'large' }, { limit: 1_000, cursor, order });
      expect(page.items.length).toBeLessThanOrEqual(1_000);
      for (const { run_id } of page.items) seen.add(run_id);
      cursor = page.nextCursor ?? undefined;
      pages += 1;
    } while (cursor !== undefined);
    expect([order, seen.size, pages]).toEqual([order, 10_000, 10]);
  }
});
