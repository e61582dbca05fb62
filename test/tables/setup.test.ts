import { searchLog } from '../../src/tables/log-search.ts';
import { assertTablesReady } from '../../src/tables/migration.ts';
import { type SetupStep, setUpTables } from '../../src/tables/setup.ts';
import { readTableColumns } from '../../src/tables/table-columns.ts';
import { TABLE_COLUMNS } from '../../src/tables/table-definition.ts';
import { TABLE_NAMES, type TableNames } from '../../src/tables/table-names.ts';
import { type ConnectedWorkspace, connectWorkspace, freshNames } from './connected-workspace.ts';

const CALENDAR = { from: '2020-01-01', to: '2026-12-31' };

describe('Setup', () => {
  let workspace: ConnectedWorkspace;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());

  function setUp(names: TableNames, calendar = CALENDAR, onStep?: (step: SetupStep) => void) {
    const { warehouse } = workspace;
    return setUpTables({ warehouse, names, calendar, layout: 'partition', ...(onStep && { onStep }) });
  }

  async function one(sql: string): Promise<Record<string, unknown>> {
    const [row] = await workspace.warehouse.query(sql);
    return row ?? {};
  }

  it('makes catalog, schema and five tables with exactly the documented columns, and tells each step', async () => {
    const names = freshNames('brand_new');
    const told: SetupStep[] = [];
    const steps = await setUp(names, CALENDAR, (step) => told.push(step));

    expect(told).toEqual(steps);
    expect(steps.map((step) => `${step.subject} ${step.outcome}`)).toEqual([
      'catalog created',
      'schema created',
      ...TABLE_NAMES.map((table) => `${table} created`),
      'calendar filled',
      'source_data filled',
    ]);
    const columns = await readTableColumns(workspace.warehouse, names);
    for (const table of TABLE_NAMES) {
      expect([...(columns.get(table) ?? [])].sort()).toEqual(
        TABLE_COLUMNS[table].map(({ name }) => name).sort(),
      );
    }
    await expect(assertTablesReady(workspace.warehouse, names)).resolves.toBeUndefined();
  });

  it('fills the calendar with federal holidays as observed', async () => {
    const names = freshNames();
    await setUp(names);
    const days = await workspace.warehouse.query<{ d: string; us: string; world: string }>(
      `SELECT CAST(calendar_date AS STRING) AS d, us_business_or_holiday_flag AS us, global_business_or_holiday_flag AS world FROM ${names.calendar} WHERE calendar_date IN (DATE'2023-11-10', DATE'2024-06-19', DATE'2024-06-20', DATE'2024-06-22', DATE'2021-12-31') ORDER BY calendar_date`,
    );
    expect(days).toEqual([
      { d: '2021-12-31', us: 'H', world: 'H' },
      { d: '2023-11-10', us: 'H', world: 'H' },
      { d: '2024-06-19', us: 'H', world: 'H' },
      { d: '2024-06-20', us: 'B', world: 'B' },
      { d: '2024-06-22', us: 'H', world: 'H' },
    ]);
    expect(
      await one(
        `SELECT count(*) AS n, CAST(min(calendar_date) AS STRING) AS first, CAST(max(calendar_date) AS STRING) AS last FROM ${names.calendar}`,
      ),
    ).toEqual({ n: 2557, first: '2020-01-01', last: '2026-12-31' });
    expect(
      await one(
        `SELECT calendar_year, quarter_of_the_year, month_of_the_year, week_of_the_month FROM ${names.calendar} WHERE calendar_date = DATE'2024-06-29'`,
      ),
    ).toEqual({ calendar_year: 2024, quarter_of_the_year: 2, month_of_the_year: 6, week_of_the_month: 5 });
  });

  it('fills the source with ten rows per business day, the same values on every run', async () => {
    const names = freshNames();
    const other = freshNames();
    await setUp(names);
    await setUp(other);
    const summary = (table: string) =>
      one(
        `SELECT count(*) AS n, count(DISTINCT position_date) AS days, min(id) AS low_id, max(id) AS high_id, min(value) >= 0 AND max(value) <= 100 AS in_range, count(DISTINCT category) AS categories, CAST(min(position_date) AS STRING) AS first, CAST(max(position_date) AS STRING) AS last FROM ${table}`,
      );
    expect(await summary(names.sourceData)).toEqual({
      n: 4740,
      days: 474,
      low_id: 0,
      high_id: 9,
      in_range: true,
      categories: 3,
      first: '2024-01-02',
      last: '2025-11-20',
    });
    expect(
      await one(
        `SELECT count(*) AS n FROM (SELECT * FROM ${names.sourceData} EXCEPT ALL SELECT * FROM ${other.sourceData}) AS d`,
      ),
    ).toEqual({ n: 0 });
    expect(
      await one(
        `SELECT value, category FROM ${names.sourceData} WHERE position_date = DATE'2024-06-03' AND id = 7`,
      ),
    ).toEqual(lehmerRow(20240603, 7));
  });

  it('run again does no harm: it makes nothing, changes no row, and corrects a wrong calendar flag', async () => {
    const names = freshNames();
    await setUp(names);
    await workspace.warehouse.execute(
      `UPDATE ${names.calendar} SET us_business_or_holiday_flag = 'B' WHERE calendar_date = DATE'2024-06-19'`,
    );
    const steps = await setUp(names);
    expect(steps.filter((step) => step.outcome === 'created' || step.outcome === 'migrated')).toEqual([]);
    expect(steps.at(-1)).toEqual({
      subject: 'source_data',
      outcome: 'kept',
      detail: '4740 rows as they were',
    });
    expect(await one(`SELECT count(*) AS n FROM ${names.sourceData}`)).toEqual({ n: 4740 });
    expect(await one(`SELECT count(*) AS n FROM ${names.calendar}`)).toEqual({ n: 2557 });
    expect(
      await one(
        `SELECT us_business_or_holiday_flag AS us FROM ${names.calendar} WHERE calendar_date = DATE'2024-06-19'`,
      ),
    ).toEqual({ us: 'H' });
  });

  it('puts no row of its own into a source_data that somebody has filled', async () => {
    const names = freshNames();
    const { warehouse } = workspace;
    await warehouse.execute(`CREATE CATALOG IF NOT EXISTS ${names.quotedCatalog}`);
    await warehouse.execute(`CREATE SCHEMA IF NOT EXISTS ${names.quotedSchema}`);
    await warehouse.execute(`CREATE TABLE ${names.sourceData} (position_date DATE, amount DOUBLE)`);
    await warehouse.execute(`INSERT INTO ${names.sourceData} VALUES (DATE'2024-06-03', 1.5)`);
    const steps = await setUp(names);
    expect(steps.filter(({ subject }) => subject === 'source_data')).toEqual([
      expect.objectContaining({ outcome: 'existed' }),
      { subject: 'source_data', outcome: 'kept', detail: '1 rows as they were' },
    ]);
    expect(await one(`SELECT * FROM ${names.sourceData}`)).toMatchObject({ amount: 1.5 });
    await expect(assertTablesReady(warehouse, names)).resolves.toBeUndefined();
  });

  it('fills a source_data that has lost all its rows, with the same ones', async () => {
    const names = freshNames();
    await setUp(names);
    await workspace.warehouse.execute(`DELETE FROM ${names.sourceData} WHERE true`);
    const steps = await setUp(names);
    expect(steps.at(-1)).toEqual({ subject: 'source_data', outcome: 'filled', detail: '4740 rows' });
  });

  it('makes no demo data when told so, and the workers do not miss it', async () => {
    const names = freshNames();
    const { warehouse } = workspace;
    const steps = await setUpTables({
      ...{ warehouse, names, calendar: CALENDAR, demoData: false },
      layout: 'partition',
    });
    expect(steps.map(({ subject }) => subject)).not.toContain('source_data');
    expect([...(await readTableColumns(warehouse, names)).keys()]).not.toContain('source_data');
    await expect(assertTablesReady(warehouse, names)).resolves.toBeUndefined();
  });

  it('extends the calendar when the configured range grows', async () => {
    const names = freshNames();
    await setUp(names, { from: '2024-01-01', to: '2024-12-31' });
    await setUp(names, { from: '2023-01-01', to: '2025-12-31' });
    expect(
      await one(`SELECT count(*) AS n, count(DISTINCT calendar_date) AS days FROM ${names.calendar}`),
    ).toEqual({ n: 1096, days: 1096 });
  });

  it('refuses a calendar range that is no range before it writes rows', async () => {
    await expect(setUp(freshNames(), { from: '2024-02-30', to: '2024-12-31' })).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
  });

  it('adds to an older log the columns that it lacks and keeps its rows', async () => {
    const names = freshNames();
    const { warehouse } = workspace;
    await warehouse.execute(`CREATE CATALOG IF NOT EXISTS ${names.quotedCatalog}`);
    await warehouse.execute(`CREATE SCHEMA IF NOT EXISTS ${names.quotedSchema}`);
    await warehouse.execute(
      `CREATE TABLE ${names.backfillLog} (run_id STRING, position_date DATE, job_name STRING, job_id STRING, status STRING, start_time TIMESTAMP, end_time TIMESTAMP, backfill_job_id STRING, error_message STRING, creator_user_name STRING, run_page_url STRING)`,
    );
    await warehouse.execute(
      `INSERT INTO ${names.backfillLog} VALUES ('old-1', DATE'2024-06-03', '02_process_data', '7', 'FAILED', TIMESTAMP'2024-07-01 10:00:00', NULL, '8', 'boom', 'ada', NULL)`,
    );

    const steps = await setUp(names);
    expect(steps).toContainEqual({
      subject: 'backfill_log',
      outcome: 'migrated',
      detail: 'added retry_metadata, backfill_id, attempt, position_end_date, quality',
    });
    const { items } = await searchLog(warehouse, names, {}, { limit: 10 });
    expect(items).toEqual([
      expect.objectContaining({
        run_id: 'old-1',
        status: 'FAILED',
        error_message: 'boom',
        retry_metadata: null,
        attempt: null,
      }),
    ]);
    await expect(assertTablesReady(warehouse, names)).resolves.toBeUndefined();
  });
});

describe('A worker that starts', () => {
  let workspace: ConnectedWorkspace;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());

  it.each(['no_such_catalog', 'demos'])(
    'is told to run setup where there are no tables (catalog %s)',
    async (catalog) => {
      await expect(assertTablesReady(workspace.warehouse, freshNames(catalog))).rejects.toMatchObject({
        code: 'tables_missing',
        message: expect.stringContaining('Run `backfill setup`'),
      });
    },
  );

  it('is told at once of the tables that are missing and of the columns that a log of the notebooks lacks', async () => {
    const names = freshNames();
    const { warehouse } = workspace;
    await warehouse.execute(`CREATE CATALOG IF NOT EXISTS ${names.quotedCatalog}`);
    await warehouse.execute(`CREATE SCHEMA ${names.quotedSchema}`);
    await warehouse.execute(`CREATE TABLE ${names.backfillLog} (run_id STRING, position_date DATE)`);
    await expect(assertTablesReady(warehouse, names)).rejects.toMatchObject({
      code: 'tables_missing',
      message: expect.stringMatching(
        /lacks calendar, destination_data, backfills\. .*lacks .*backfill_log\.retry_metadata.*`backfill setup`/,
      ),
      details: { tables: ['calendar', 'destination_data', 'backfills'] },
    });
  });

  it('is told to run setup where the log is of an older version', async () => {
    const names = freshNames();
    const { warehouse } = workspace;
    await setUpTables({
      warehouse,
      names,
      calendar: { from: '2024-06-01', to: '2024-06-30' },
      layout: 'cluster',
    });
    await warehouse.execute(`DROP TABLE ${names.backfillLog}`);
    await warehouse.execute(`CREATE TABLE ${names.backfillLog} (run_id STRING, position_date DATE)`);
    await expect(assertTablesReady(warehouse, names)).rejects.toMatchObject({
      code: 'tables_outdated',
      message: expect.stringMatching(
        /backfill_log\.retry_metadata.*Stop the workers and run `backfill setup`/,
      ),
    });
  });
});

/** The documented generator, worked out here a second time in exact integers. */
function lehmerRow(day: number, id: number): { value: number; category: string } {
  const step = (x: bigint): bigint => (x * 48271n) % 2147483647n;
  const twice = step(step(BigInt(day) * 10n + BigInt(id)));
  return {
    value: Number(twice % 10001n) / 100,
    category: ['A', 'B', 'C'][Number(step(twice) % 3n)] ?? '',
  };
}
