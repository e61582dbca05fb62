import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { logRow } from '../tables/log-rows.ts';
import { Fleet } from './fleet.ts';
import { FleetWeb } from './fleet-web.ts';
import { logRows } from './log-table.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;
let web: FleetWeb;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
  web = await FleetWeb.open(fleet);
});
afterEach(async () => {
  await web.close();
  await fleet.close();
});
afterAll(() => workspace?.stop());

const BROKEN = { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' };
const datesOf = async (id: string) => (await fleet.plans.dates(id)).map((date) => date.position_date);

/** The links of a backfill's rows by date and attempt. */
async function links(id: string): Promise<unknown[]> {
  await fleet.logged();
  return (await logRows(workspace, id)).map((row) => [row.position_date, row.attempt, row.retry_metadata]);
}

function link(original: string, count: number, by: string) {
  return {
    is_retry: true,
    original_run_id: original,
    retry_count: count,
    retry_triggered_by: by,
    retry_triggered_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  };
}

/** A row of the past: failed `hoursAgo` hours ago, unless it says otherwise. */
function past(positionDate: string, hoursAgo: number, part: Parameters<typeof logRow>[0] = {}) {
  const endTime = new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
  const { jobName, jobId } = fleet;
  return logRow({
    ...{ runId: `old_${positionDate}_${hoursAgo}`, positionDate, jobName, jobId, status: 'FAILED' },
    ...{ startTime: endTime, endTime, errorMessage: 'boom', backfillId: null, attempt: null },
    ...part,
  });
}

async function chosen(body: object): Promise<unknown> {
  const { json } = await web.post('/api/retries', { job: fleet.jobName, dry_run: true, ...body });
  const groups = json.groups as { dates: { position_date: string }[] }[];
  return groups.flatMap(({ dates }) => dates.map((date) => date.position_date));
}

test('each sweep runs what still fails again, linked to its first failure, and stops when all has succeeded', async () => {
  const [twice = '', once = '', fine = ''] = sourceDays(3);
  await fleet.script(twice, BROKEN, BROKEN, { termination_code: 'CLUSTER_ERROR' });
  await fleet.script(once, BROKEN);
  await fleet.worker();
  const id = await fleet.backfill([twice, once, fine]);
  await fleet.ended(id);

  const [first, ...others] = await web.sweep({ job: fleet.jobName });
  expect(others).toEqual([]);
  expect(first).toMatchObject({ job_id: fleet.jobId, retry_of: id, created_by: 'anonymous' });
  expect(await datesOf(first?.id ?? '')).toEqual([twice, once]);
  expect(await fleet.ended(first?.id ?? '')).toMatchObject({ counts: { failed: 1, succeeded: 1 } });
  expect(await links(first?.id ?? '')).toEqual([
    [twice, 1, link(`${id}_${twice}_1`, 1, 'sweep')],
    [once, 1, link(`${id}_${once}_1`, 1, 'sweep')],
  ]);

  const [second] = await web.sweep({ job: fleet.jobName });
  await fleet.ended(second?.id ?? '');
  // The platform failed this one, so policy tried it again inside the same backfill.
  expect(await links(second?.id ?? '')).toEqual([
    [twice, 1, link(`${id}_${twice}_1`, 2, 'sweep')],
    [twice, 2, link(`${id}_${twice}_1`, 3, 'policy')],
  ]);
  expect(await web.sweep({ job: fleet.jobName })).toEqual([]);
});

test('sweeps at the same moment start one backfill for the same failures', async () => {
  const days = sourceDays(3);
  for (const day of days) await fleet.script(day, BROKEN);
  await fleet.worker();
  await fleet.ended(await fleet.backfill(days));
  const all = await Promise.all(Array.from({ length: 4 }, () => web.sweep({ job: fleet.jobName })));
  expect(all.flat()).toHaveLength(1);
  expect(await fleet.ended(all.flat()[0]?.id ?? '')).toMatchObject({ counts: { succeeded: 3, total: 3 } });
  expect(await fleet.runs()).toHaveLength(6);
});

test('what would fail again, is under way, was stopped or has succeeded since is left out and said so', async () => {
  const [config = '', live = '', stopped = '', done = '', open = ''] = sourceDays(5);
  await fleet.script(config, { termination_code: 'INVALID_RUN_CONFIGURATION' });
  await fleet.script(live, BROKEN);
  await fleet.script(stopped, BROKEN, { termination_code: 'USER_CANCELED' });
  await fleet.script(done, BROKEN);
  await fleet.script(open, BROKEN);
  await fleet.worker();
  await fleet.ended(await fleet.backfill([config, live, stopped, done, open]));
  await fleet.ended(await fleet.backfill([stopped, done]));
  const paused = await fleet.backfill([live]);
  await fleet.control.pause(paused, 'lunch');
  const { json } = await web.post('/api/retries', { job: fleet.jobName });
  expect(json.left_out).toMatchObject([
    { position_date: config, reason: 'configuration' },
    { position_date: live, reason: 'live' },
    { position_date: stopped, reason: 'cancelled' },
  ]);
  const [only] = json.items as { id: string }[];
  expect(await datesOf(only?.id ?? '')).toEqual([open]);
});

test('days back count from the failure, whatever its date; a range asks for the date, whenever it failed', async () => {
  const [day1 = '', day2 = '', day3 = '', day4 = ''] = sourceDays(4);
  await upsertLogRows(workspace.warehouse, workspace.tables, [
    past(day1, 30),
    past(day2, 3),
    past(day3, 20),
    past(day4, 50),
    // A retry that failed is no original, however new it is.
    past(day4, 1, {
      runId: 'retry',
      retryMetadata: {
        originalRunId: `old_${day4}_50`,
        retryCount: 1,
        retryTriggeredBy: 'sweep',
        retryTriggeredAt: '2024-07-01T10:00:00.000Z',
      },
    }),
  ]);
  expect(await chosen({})).toEqual([day2, day3]);
  expect(await chosen({ retry_days_back: 0 })).toEqual([]);
  expect(await chosen({ retry_days_back: 2 })).toEqual([day1, day2, day3]);
  expect(await chosen({ retry_days_back: 7 })).toEqual([day1, day2, day3, day4]);
  expect(await chosen({ retry_days_back: 7, max_retries: 2 })).toEqual([day1, day2]);
  expect(await chosen({ start_date: day3, end_date: day4 })).toEqual([day3, day4]);
  // A failure and a success that the log has not been told yet.
  const news = [past(day1, 1, { runId: 'news' }), past(day2, 1, { runId: 'news', status: 'SUCCESS' })];
  for (const row of news) {
    const body = JSON.stringify(row);
    await fleet.redis.xadd(fleet.keys.outbox, '*', 'kind', 'attempt', 'backfill_id', 'b', 'body', body);
  }
  expect(await chosen({})).toEqual([day1, day3]);
});

test('dates run again with the parameters that they failed with', async () => {
  const [plain = '', special = ''] = sourceDays(2);
  const parameters = { source_table: 'demos.backfill_demo.no_such_table' };
  await fleet.script(plain, BROKEN);
  await fleet.worker();
  await fleet.ended(await fleet.backfill([plain]));
  await fleet.ended(await fleet.backfill([special], { parameters }));
  const started = await web.sweep({ job: fleet.jobName });
  expect(started.map(({ request }) => request)).toEqual([
    {
      job: fleet.jobName,
      dates: [plain],
      reprocess: 'failed',
      sweep: { job: fleet.jobName, max_retries: 10 },
    },
    expect.objectContaining({ dates: [special], parameters }),
  ]);
  for (const { id } of started) await fleet.ended(id);
  const { parameters: sent } = (await fleet.runs()).at(-1) ?? {};
  expect(sent).toMatchObject({ position_date: special, ...parameters });
});

test('failures of a job that is gone are named and keep no other from being swept', async () => {
  const [day = ''] = sourceDays(1);
  await upsertLogRows(workspace.warehouse, workspace.tables, [
    past(day, 1),
    past(day, 1, { runId: 'gone', jobId: '404', jobName: 'gone' }),
  ]);
  const { status, json } = await web.post('/api/retries', { start_date: day, end_date: day });
  expect(status).toBe(202);
  expect(json).toMatchObject({
    items: [{ job_id: fleet.jobId, counts: { total: 1 }, retry_of: null }],
    problems: [{ job_id: '404', job: 'gone', code: 'unknown_job' }],
  });
});

test.each([
  [{ retry_days_back: -1 }, 400, 'retry_days_back'],
  [{ max_retries: 0 }, 400, 'max_retries'],
  [{ retry_days_back: 1, start_date: '2024-06-03', end_date: '2024-06-03' }, 400, 'not both'],
  [{ end_date: '2024-06-03' }, 400, 'start_date'],
  [{ start_date: '2024-06-04', end_date: '2024-06-03' }, 422, 'lies before'],
  [{ days_back: 1 }, 400, 'days_back: there is no such field'],
  [{ job: 'proces_data' }, 422, 'There is no job'],
])('%j is refused with the reason', async (body, status, said) => {
  const reply = await web.post('/api/retries', body);
  expect(reply.status).toBe(status);
  expect(reply.json.message).toContain(said);
});
