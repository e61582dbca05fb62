import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { readCoverage } from '../../src/tables/coverage.ts';
import { readDateHistory } from '../../src/tables/date-history.ts';
import { checkDestination } from '../../src/tables/destination-check.ts';
import type { LogRow } from '../../src/tables/log-row.ts';
import { searchLog } from '../../src/tables/log-search.ts';
import { readLogSummary } from '../../src/tables/log-summary.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import { type ConnectedWorkspace, connectWorkspace, freshNames } from './connected-workspace.ts';
import { logRow } from './log-rows.ts';

const US = calendarNamed('US', {});

let workspace: ConnectedWorkspace;

beforeAll(async () => {
  workspace = await connectWorkspace();
});
afterAll(() => workspace.close());

/** Tables with these rows in the log; June 2024 in the calendar. */
async function logOf(...rows: Partial<LogRow>[]): Promise<TableNames> {
  const names = freshNames();
  const calendar = { from: '2024-06-01', to: '2024-06-30' };
  await setUpTables({ warehouse: workspace.warehouse, names, calendar, layout: 'partition' });
  await upsertLogRows(workspace.warehouse, names, rows.map(logRow));
  return names;
}

/** The nth attempt of a date, started at that minute. */
function attempt(date: string, nr: number, part: Partial<LogRow>): Partial<LogRow> {
  const minute = String(nr).padStart(2, '0');
  return {
    runId: `b_${date}_${nr}`,
    positionDate: date,
    attempt: nr,
    startTime: `2024-07-01T10:${minute}:00.000Z`,
    ...part,
  };
}

function retryOf(originalRunId: string, retryCount: number): LogRow['retryMetadata'] {
  return {
    originalRunId,
    retryCount,
    retryTriggeredBy: 'policy',
    retryTriggeredAt: '2024-07-01T10:00:00.000Z',
  };
}

describe('The history of dates', () => {
  const range = { jobId: '9007199254740993', startDate: '2024-06-01', endDate: '2024-06-30' };

  it('tells which dates succeeded, how the latest attempt went and what a retry links to', async () => {
    const names = await logOf(
      attempt('2024-06-03', 1, { status: 'SUCCESS' }),
      attempt('2024-06-04', 1, { status: 'FAILED' }),
      attempt('2024-06-04', 2, { status: 'FAILED', retryMetadata: retryOf('b_2024-06-04_1', 1) }),
      attempt('2024-06-04', 3, { status: 'STARTED', retryMetadata: retryOf('b_2024-06-04_1', 2) }),
      attempt('2024-06-05', 1, { status: 'CANCELLED' }),
      attempt('2024-06-19', 0, { status: 'SKIPPED' }),
      attempt('2024-06-06', 1, { status: 'SUCCESS', jobId: '1' }),
      attempt('2024-07-01', 1, { status: 'SUCCESS' }),
    );
    expect(await readDateHistory(workspace.warehouse, names, range)).toEqual(
      new Map([
        [
          '2024-06-03',
          { succeeded: true, latestStatus: 'SUCCESS', firstFailureRunId: null, linkedRetries: 0 },
        ],
        [
          '2024-06-04',
          {
            succeeded: false,
            latestStatus: 'STARTED',
            firstFailureRunId: 'b_2024-06-04_1',
            linkedRetries: 2,
          },
        ],
        [
          '2024-06-05',
          { succeeded: false, latestStatus: 'CANCELLED', firstFailureRunId: null, linkedRetries: 0 },
        ],
      ]),
    );
  });

  it('forgets a failure that was made good, and starts anew with the next one', async () => {
    const recovered = [
      attempt('2024-06-04', 1, { status: 'FAILED' }),
      attempt('2024-06-04', 2, { status: 'SUCCESS', retryMetadata: retryOf('b_2024-06-04_1', 1) }),
    ];
    const history = async (...rows: Partial<LogRow>[]) =>
      (await readDateHistory(workspace.warehouse, await logOf(...rows), range)).get('2024-06-04');
    expect(await history(...recovered)).toMatchObject({
      succeeded: true,
      firstFailureRunId: null,
      linkedRetries: 0,
    });
    expect(await history(...recovered, attempt('2024-06-04', 3, { status: 'FAILED' }))).toMatchObject({
      succeeded: true,
      latestStatus: 'FAILED',
      firstFailureRunId: 'b_2024-06-04_3',
      linkedRetries: 0,
    });
  });

  it('counts rows that are still on their way to the table, and never takes back an end', async () => {
    const names = await logOf(
      attempt('2024-06-03', 1, { status: 'STARTED' }),
      attempt('2024-06-04', 1, { status: 'SUCCESS' }),
    );
    const pending = [
      attempt('2024-06-03', 1, { status: 'FAILED' }),
      attempt('2024-06-04', 1, { status: 'STARTED' }),
      attempt('2024-06-05', 1, { status: 'SUCCESS' }),
      attempt('2024-06-06', 1, { status: 'SUCCESS', jobId: '1' }),
    ].map(logRow);
    const history = await readDateHistory(workspace.warehouse, names, range, pending);
    expect([...history].map(([date, { latestStatus }]) => [date, latestStatus]).sort()).toEqual([
      ['2024-06-03', 'FAILED'],
      ['2024-06-04', 'SUCCESS'],
      ['2024-06-05', 'SUCCESS'],
    ]);
  });
});

describe('Coverage', () => {
  it('shows business days only, as Processed where the job has a success', async () => {
    const names = await logOf(
      attempt('2024-06-17', 1, { status: 'SUCCESS' }),
      attempt('2024-06-17', 2, { status: 'SUCCESS' }),
      attempt('2024-06-18', 1, { status: 'FAILED' }),
      attempt('2024-06-20', 1, { status: 'SUCCESS', jobId: '1', jobName: 'other' }),
      attempt('2024-06-22', 1, { status: 'SUCCESS' }),
    );
    const week = { startDate: '2024-06-17', endDate: '2024-06-23' };
    const [coverage, byName, ofAll] = await readCoverage(workspace.warehouse, names, week, [
      { job: 'process', jobId: '9007199254740993', calendar: US },
      { job: 'other', jobName: 'other', calendar: US },
      { job: null, calendar: US },
    ]);
    expect(coverage).toEqual({
      job: 'process',
      totals: { processed: 1, missing: 3 },
      days: [
        { calendar_date: '2024-06-17', status: 'Processed' },
        { calendar_date: '2024-06-18', status: 'Missing' },
        { calendar_date: '2024-06-20', status: 'Missing' },
        { calendar_date: '2024-06-21', status: 'Missing' },
      ],
      as_of: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(byName?.totals).toEqual({ processed: 1, missing: 3 });
    expect(ofAll?.totals).toEqual({ processed: 2, missing: 2 });
  });

  it('counts every day of a window that succeeded, and of one that reaches into the range', async () => {
    const names = await logOf(attempt('2024-06-10', 1, { status: 'SUCCESS', positionEndDate: '2024-06-14' }));
    const totals = async (startDate: string, endDate: string) => {
      const range = { startDate, endDate };
      const jobs = [{ job: null, calendar: US }];
      return (await readCoverage(workspace.warehouse, names, range, jobs))[0]?.totals;
    };
    expect(await totals('2024-06-10', '2024-06-17')).toEqual({ processed: 5, missing: 1 });
    expect(await totals('2024-06-13', '2024-06-17')).toEqual({ processed: 2, missing: 1 });
    expect(await totals('2024-06-07', '2024-06-11')).toEqual({ processed: 2, missing: 1 });
  });

  it('asks each job for the days of its own calendar, in one answer, and counts rows on their way', async () => {
    const names = await logOf(attempt('2024-06-19', 1, { status: 'SUCCESS', jobId: '1', jobName: 'de' }));
    const jobs = [
      { job: 'us', jobName: 'us', calendar: US },
      { job: 'de', jobName: 'de', calendar: calendarNamed('DE', {}) },
      { job: 'daily', jobName: 'daily', calendar: calendarNamed('none', {}) },
    ];
    const pending = [logRow(attempt('2024-06-22', 1, { status: 'SUCCESS', jobId: '3', jobName: 'daily' }))];
    const week = { startDate: '2024-06-17', endDate: '2024-06-23' };
    const answers = await readCoverage(workspace.warehouse, names, week, jobs, pending);
    expect(answers.map(({ job, totals }) => [job, totals.processed, totals.missing])).toEqual([
      ['us', 0, 4],
      ['de', 1, 4],
      ['daily', 1, 6],
    ]);
  });
});

describe('The search of the log', () => {
  it('pages through every row once, newest first, rows of the same instant included', async () => {
    const rows = Array.from({ length: 7 }, (_, nr) =>
      attempt('2024-06-03', nr + 1, { startTime: `2024-07-01T10:0${nr < 4 ? 1 : nr}:00.000Z` }),
    );
    const names = await logOf(...rows);
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await searchLog(workspace.warehouse, names, {}, { limit: 2, cursor });
      seen.push(...page.items.map((item) => item.run_id));
      cursor = page.nextCursor ?? undefined;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe(4);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((nr) => `b_2024-06-03_${nr}`));
  });

  it('filters by job, status, dates and backfill, and shows SKIPPED only when asked', async () => {
    const names = await logOf(
      attempt('2024-06-03', 1, { status: 'SUCCESS' }),
      attempt('2024-06-04', 1, { status: 'FAILED', backfillId: 'c' }),
      attempt('2024-06-05', 1, { status: 'SUCCESS', jobId: '1', jobName: 'other' }),
      attempt('2024-06-19', 0, { status: 'SKIPPED' }),
    );
    const dates = async (filter: Parameters<typeof searchLog>[2]) =>
      (await searchLog(workspace.warehouse, names, filter, { limit: 9 })).items
        .map((item) => item.position_date)
        .sort();
    expect(await dates({})).toEqual(['2024-06-03', '2024-06-04', '2024-06-05']);
    expect(await dates({ status: 'SKIPPED' })).toEqual(['2024-06-19']);
    expect(await dates({ status: 'SUCCESS' })).toEqual(['2024-06-03', '2024-06-05']);
    expect(await dates({ jobId: '1' })).toEqual(['2024-06-05']);
    expect(await dates({ jobName: 'other' })).toEqual(['2024-06-05']);
    expect(await dates({ backfillId: 'c' })).toEqual(['2024-06-04']);
    expect(await dates({ startDate: '2024-06-04', endDate: '2024-06-04' })).toEqual(['2024-06-04']);
    expect(await dates({ jobName: "x' OR '1'='1" })).toEqual([]);
    expect(await dates({ backfillId: "c') OR (1=1" })).toEqual([]);
  });

  it.each(['', 'nonsense', Buffer.from('{"millis":"1 OR 1=1"}').toString('base64url')])(
    'refuses a cursor that it did not give out (%j)',
    async (cursor) => {
      await expect(
        searchLog(workspace.warehouse, freshNames(), {}, { limit: 5, cursor }),
      ).rejects.toMatchObject({
        code: 'invalid_request',
        details: { field: 'cursor' },
      });
    },
  );
});

it('The summary of the log counts every status with its first and last date', async () => {
  const names = await logOf(
    attempt('2024-06-03', 1, { status: 'SUCCESS' }),
    attempt('2024-06-07', 1, { status: 'SUCCESS' }),
    attempt('2024-06-04', 1, { status: 'FAILED', jobName: 'other' }),
    attempt('2024-06-19', 0, { status: 'SKIPPED' }),
  );
  expect(await readLogSummary(workspace.warehouse, names)).toEqual([
    { status: 'FAILED', count: 1, earliest_date: '2024-06-04', latest_date: '2024-06-04' },
    { status: 'SKIPPED', count: 1, earliest_date: '2024-06-19', latest_date: '2024-06-19' },
    { status: 'SUCCESS', count: 2, earliest_date: '2024-06-03', latest_date: '2024-06-07' },
  ]);
});

it('The destination check counts rows that differ, copies included', async () => {
  const names = await logOf();
  const { warehouse } = workspace;
  const range = { startDate: '2024-06-03', endDate: '2024-06-04' };
  expect(await checkDestination(warehouse, names, range)).toEqual({
    destinationRows: 0,
    sourceRows: 20,
    differing: 20,
  });
  await warehouse.execute(
    `INSERT INTO ${names.destinationData} SELECT * FROM ${names.sourceData} WHERE position_date BETWEEN DATE'2024-06-03' AND DATE'2024-06-04'`,
  );
  expect(await checkDestination(warehouse, names, range)).toEqual({
    destinationRows: 20,
    sourceRows: 20,
    differing: 0,
  });
  await warehouse.execute(
    `INSERT INTO ${names.destinationData} SELECT * FROM ${names.sourceData} WHERE position_date = DATE'2024-06-03' AND id = 1`,
  );
  expect(await checkDestination(warehouse, names, range)).toEqual({
    destinationRows: 21,
    sourceRows: 20,
    differing: 1,
  });
});
