import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import { readTrends } from '../../src/tables/trends.ts';
import { type ConnectedWorkspace, connectWorkspace, freshNames } from './connected-workspace.ts';
import { logRow } from './log-rows.ts';

let workspace: ConnectedWorkspace;

beforeAll(async () => {
  workspace = await connectWorkspace();
});
afterAll(() => workspace.close());

/** An attempt that started on a day of July 2024 at 10:00 and took so many seconds. */
function attempt(nr: number, day: number, seconds: number, part: Parameters<typeof logRow>[0] = {}) {
  const start = Date.parse(`2024-07-${String(day).padStart(2, '0')}T10:00:00.000Z`);
  return logRow({
    runId: `b_2024-06-03_${nr}`,
    positionDate: '2024-06-03',
    attempt: nr,
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + seconds * 1000).toISOString(),
    status: 'SUCCESS',
    ...part,
  });
}

test('trends tell success, median and 95th percentile by day of the work, and why dates were retried', async () => {
  const { warehouse } = workspace;
  const names = freshNames();
  await setUpTables({
    warehouse,
    names,
    calendar: { from: '2024-06-01', to: '2024-06-30' },
    layout: 'partition',
  });
  const retried = {
    originalRunId: 'b_2024-06-03_1',
    retryCount: 1,
    retryTriggeredBy: 'policy',
    retryTriggeredAt: '2024-07-01T10:00:00.000Z',
  };
  await upsertLogRows(warehouse, names, [
    attempt(1, 1, 5, { status: 'FAILED', errorMessage: 'platform/CLUSTER_ERROR: node: lost' }),
    attempt(2, 2, 10, { retryMetadata: retried }),
    attempt(3, 2, 20),
    attempt(4, 2, 30),
    attempt(5, 2, 99, { status: 'CANCELLED' }),
    attempt(6, 9, 1),
    attempt(7, 2, 1, { jobId: '1' }),
    attempt(8, 2, 0, { status: 'STARTED', endTime: null }),
  ]);
  const range = { startDate: '2024-07-01', endDate: '2024-07-05', jobId: '9007199254740993' };
  expect(await readTrends(warehouse, names, range)).toEqual({
    days: [
      { day: '2024-07-01', succeeded: 0, failed: 1, cancelled: 0, median_seconds: null, p95_seconds: null },
      { day: '2024-07-02', succeeded: 3, failed: 0, cancelled: 1, median_seconds: 20, p95_seconds: 29 },
    ],
    retries: [{ reason: 'platform/CLUSTER_ERROR', count: 1 }],
    as_of: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});
