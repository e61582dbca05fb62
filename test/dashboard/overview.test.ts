import type { Overview } from '../../dashboard/overview-answer.ts';
import { JOB_NAME, storeBackfill } from '../page/stored-backfill.ts';
import { type RunningWeb, startWeb } from './running-web.ts';

const DATES = ['2024-06-03', '2024-06-04', '2024-06-05'];

let web: RunningWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web.close());

/** An answer is shared with whoever asks within a moment: asks until it is one of now. */
async function overview(): Promise<Overview> {
  const askedAt = new Date().toISOString();
  for (;;) {
    const { status, json } = await web.get('/api/overview');
    expect(status).toBe(200);
    const answer = json as unknown as Overview;
    if (answer.as_of > askedAt) return answer;
  }
}

const waiting = async () =>
  (await overview()).failures.map(({ backfill_id, failed, cancelled }) => [backfill_id, failed, cancelled]);

test('Before the first backfill the overview is empty', async () => {
  expect(await overview()).toEqual({
    targets: [],
    unfinished: [],
    failures: [],
    failures_of_last: 100,
    as_of: expect.stringMatching(/^\d{4}-.*Z$/),
  });
});

test('The overview tells what goes on: unfinished backfills, newest first, with slots and queue of their job', async () => {
  const done = await storeBackfill(web, DATES, 's');
  const first = await storeBackfill(web, DATES, 'spp');
  const second = await storeBackfill(web, ['2024-07-01'], 'p');
  await web.dispatcher.feed('1');
  const { unfinished, targets } = await overview();
  expect(unfinished.map(({ id }) => id)).toEqual([second, first]);
  expect(unfinished.map(({ id }) => id)).not.toContain(done);
  expect(unfinished[1]).toEqual((await web.get(`/api/backfills/${first}`)).json);
  expect(targets).toEqual([
    {
      job_id: '1',
      job: JOB_NAME,
      limit: 4,
      live_runs: 0,
      queued: 3,
      typical_run_seconds: null,
      refusal_reason: null,
    },
  ]);
});

test('Failed dates wait for a person until something has taken up each of them', async () => {
  const failed = await storeBackfill(web, DATES, 'ffs');
  expect(await waiting()).toEqual([[failed, 2, 0]]);
  expect((await overview()).failures[0]).toMatchObject({ job: JOB_NAME, finished_at: expect.any(String) });

  const partly = await storeBackfill(web, ['2024-06-03'], 's', failed);
  expect(await waiting()).toEqual([[failed, 1, 0]]);

  const again = await storeBackfill(web, ['2024-06-04'], 'f', failed);
  expect(await waiting()).toEqual([[again, 1, 0]]);

  await storeBackfill(web, ['2024-06-04'], 'p', again);
  expect(await waiting()).toEqual([]);
  expect((await web.get(`/api/backfills/${partly}`)).json.state).toBe('completed');
});

test('A backfill that was not made as a retry takes failures up as well, and one that skips a date does not', async () => {
  const failed = await storeBackfill(web, DATES, 'fff');
  await storeBackfill(web, DATES, 'xnu');
  expect(await waiting()).toEqual([[failed, 3, 0]]);
  await storeBackfill(web, DATES, 'sap');
  expect(await waiting()).toEqual([]);
});

test('Dates whose runs were cancelled at Databricks wait as well, those of a cancelled backfill do not', async () => {
  const atDatabricks = await storeBackfill(web, DATES, 'csf');
  expect(await waiting()).toEqual([[atDatabricks, 1, 1]]);

  const byPerson = await storeBackfill(web, ['2024-06-03', '2024-06-05', '2024-06-06'], 'p');
  expect(await waiting()).toEqual([]);
  await web.post(`/api/backfills/${byPerson}/cancel`);
  expect((await web.get(`/api/backfills/${byPerson}`)).json.state).toBe('cancelled');
  expect(await waiting()).toEqual([[atDatabricks, 1, 1]]);
});

test('Only the last 100 backfills are looked at, and the answer says so', async () => {
  const old = await storeBackfill(web, DATES, 'f');
  for (let made = 0; made < 100; made += 1) await storeBackfill(web, ['2024-08-01'], 's');
  const { failures, failures_of_last } = await overview();
  expect([failures, failures_of_last]).toEqual([[], 100]);
  expect((await web.get(`/api/backfills/${old}`)).json.counts).toMatchObject({ failed: 3 });
});
