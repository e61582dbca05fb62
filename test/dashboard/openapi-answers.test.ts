import { v7 as uuidV7 } from 'uuid';
import { RetrySchedules } from '../../queues/retries/retry-schedules.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { jobConfig } from '../jobs/job-config.ts';
import { storeBackfill } from '../page/stored-backfill.ts';
import { fillLog } from './filled-log.ts';
import { documentedSchema, jsonAnswers, type OpenApiDocument } from './openapi-document.ts';
import { type Reply, type RunningWeb, startWeb, startWorkspace, type Workspace } from './running-web.ts';

const OURS = { tags: { managed_by: 'databricks-backfill' } };
const JUNE = 'start_date=2024-06-03&end_date=2024-06-07';
const SWEPT = { start_date: '2024-06-03', end_date: '2024-06-07' };
const TWO_DATES = ['2024-06-03', '2024-06-04'];
const DAILY_SWEEP = {
  cron: '0 9 * * *',
  timezone: 'America/New_York',
  retryDaysBack: 1,
  maxRetries: 10,
  job: null,
  enabled: true,
};

let workspace: Workspace;
let web: RunningWeb;
let document: OpenApiDocument;
/** Defined by us and changed since, so that its definition differs. */
let nightly: string;

beforeAll(async () => {
  workspace = await startWorkspace();
  nightly = await workspace.createJob('nightly', OURS);
  await workspace.createJob('weekly');
  web = await startWeb({
    databricks: workspace.databricks,
    jobs: { nightly: jobConfig('nightly', {}, { permissions: [] }) },
    retries: { schedules: { daily: DAILY_SWEEP } },
  });
  document = (await web.get('/api/openapi.json')).json as unknown as OpenApiDocument;
  await fillLog(workspace, TableNames.from(web.config.tables), nightly);
  await fireSchedule();
});
afterAll(async () => {
  await web.close();
  await workspace.close();
});

async function fireSchedule(): Promise<void> {
  const schedules = new RetrySchedules(web.redis, web.keys, web.queues.sweeps);
  await schedules.noteFiring('daily', {
    due_at: '2024-07-02T13:00:00.000Z',
    ended_at: '2024-07-02T13:00:01.000Z',
    backfills: [uuidV7()],
    dates: 1,
    remaining: 0,
    problems: ['Job gone: the workspace has no job 404.'],
  });
}

/** Path of a backfill of two dates in these states. */
async function stored(letters: string): Promise<string> {
  return `/api/backfills/${await storeBackfill(web, TWO_DATES, letters)}`;
}

async function cancelledTwice(): Promise<Reply> {
  const path = await stored('p');
  await web.post(`${path}/cancel`);
  return web.post(`${path}/cancel`);
}

/** One date is in the hands of a retry already, and left out of the second. */
async function retriedTwice(): Promise<Reply> {
  const id = await storeBackfill(web, ['2024-06-20', '2024-06-21'], 'f', null, nightly);
  await web.post(`/api/backfills/${id}/retry`, { dates: ['2024-06-20'] });
  return web.post(`/api/backfills/${id}/retry`);
}

async function overview(): Promise<Reply> {
  await storeBackfill(web, ['2024-05-01'], 'f');
  await stored('p');
  return web.get('/api/overview');
}

async function cleanedUp(): Promise<Reply> {
  await workspace.createJob('twice', OURS);
  await workspace.createJob('twice', OURS);
  return web.post('/api/jobs/cleanup', { name: 'twice' });
}

async function deleted(): Promise<Reply> {
  return web.post('/api/jobs/delete', { job_id: await workspace.createJob('once', OURS) });
}

/** Calls by the answer that they lead to. */
const CALLS: Readonly<Record<string, readonly (() => Promise<Reply>)[]>> = {
  'GET /healthz 200': [() => web.get('/healthz')],
  'GET /readyz 200': [() => web.get('/readyz')],
  'GET /api/session 200': [() => web.get('/api/session')],
  'GET /api/overview 200': [overview],
  'GET /api/backfills 200': [
    async () => {
      await stored('s');
      return web.get('/api/backfills?limit=1');
    },
  ],
  'POST /api/backfills 200': [
    () => web.post('/api/backfills', { job: 'nightly', dates: TWO_DATES, dry_run: true }),
  ],
  'POST /api/backfills 202': [
    () => web.post('/api/backfills', { job: 'weekly', start_date: '2021-01-04', end_date: '2023-12-29' }),
  ],
  'GET /api/backfills/{id} 200': [async () => web.get(await stored('sf'))],
  'PATCH /api/backfills/{id} 200': [async () => web.patch(await stored('p'), { priority: 7 })],
  'GET /api/backfills/{id}/dates 200': [async () => web.get(`${await stored('fn')}/dates`)],
  'POST /api/backfills/{id}/pause 200': [async () => web.post(`${await stored('p')}/pause`)],
  'POST /api/backfills/{id}/resume 200': [async () => web.post(`${await stored('p')}/resume`)],
  'POST /api/backfills/{id}/cancel 200': [cancelledTwice],
  'POST /api/backfills/{id}/cancel 202': [async () => web.post(`${await stored('p')}/cancel`)],
  'POST /api/backfills/{id}/retry 202': [retriedTwice],
  'POST /api/retries 200': [() => web.post('/api/retries', { ...SWEPT, dry_run: true })],
  'POST /api/retries 202': [() => web.post('/api/retries', SWEPT)],
  'GET /api/retries/analytics 200': [() => web.get('/api/retries/analytics')],
  'GET /api/retries/schedules 200': [() => web.get('/api/retries/schedules')],
  'GET /api/coverage 200': [
    () => web.get(`/api/coverage?${JUNE}`),
    () => web.get(`/api/coverage?job=nightly&${JUNE}`),
    () => web.get(`/api/coverage?job=nightly,weekly&${JUNE}`),
  ],
  'GET /api/log 200': [() => web.get('/api/log?limit=2'), () => web.get('/api/log?include=duration_seconds')],
  'GET /api/log/summary 200': [() => web.get('/api/log/summary')],
  'GET /api/trends 200': [() => web.get('/api/trends?job=nightly&start_date=2024-07-01&end_date=2024-07-02')],
  'GET /api/jobs 200': [() => web.get('/api/jobs')],
  'POST /api/jobs/apply 200': [() => web.post('/api/jobs/apply', { dry_run: true })],
  'POST /api/jobs/cleanup 200': [cleanedUp],
  'POST /api/jobs/delete 200': [deleted],
};

test('Every JSON answer of the description is compared with a real one', () => {
  expect(Object.keys(CALLS).sort()).toEqual([...jsonAnswers(document).keys()].sort());
});

test.each(Object.entries(CALLS))(
  'The answer %s is as described, with no field more',
  async (answer, asks) => {
    const schema = documentedSchema(document, jsonAnswers(document).get(answer) ?? '');
    for (const ask of asks) {
      const { status, json } = await ask();
      expect(String(status)).toBe(answer.split(' ').at(-1));
      expect(schema.safeParse(json).error).toBeUndefined();
      // An empty list would be as described whatever its items are said to be.
      expect(emptyLists(json)).toEqual([]);
    }
  },
);

test('An answer with a field or a status that is not described would not pass', () => {
  const schema = documentedSchema(document, 'JobCoverage');
  const day = { calendar_date: '2024-06-03', status: 'Missing' };
  const coverage = {
    job: null,
    totals: { processed: 0, missing: 1 },
    days: [day],
    as_of: '2024-07-01T10:00:00Z',
  };
  const passes = (part: object) => schema.safeParse({ ...coverage, ...part }).success;
  expect(passes({})).toBe(true);
  expect(passes({ more: 1 })).toBe(false);
  expect(passes({ days: [{ ...day, more: 1 }] })).toBe(false);
  expect(passes({ days: [{ ...day, status: 'Skipped' }] })).toBe(false);
});

function emptyLists(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value) && value.length === 0) return [path];
  return Object.entries(value).flatMap(([key, inner]) => emptyLists(inner, `${path}/${key}`));
}
