import type { ScheduleView } from '../../queues/retries/firing.ts';
import type { RetrySchedule } from '../../src/config/config.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { FleetWeb } from './fleet-web.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

const BROKEN = { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' };
const NIGHTLY: RetrySchedule = {
  ...{ cron: '30 2 * * *', timezone: 'Europe/Berlin', retryDaysBack: 3, maxRetries: 5 },
  ...{ job: null, enabled: true },
};
const EACH_SECOND: RetrySchedule = { ...NIGHTLY, cron: '* * * * * *', timezone: 'UTC' };

/** A fleet whose workers have these schedules, beside the one that is always there. */
async function open(schedules: Record<string, RetrySchedule>): Promise<void> {
  const given = { daily: { ...NIGHTLY, enabled: false }, ...schedules };
  fleet = await Fleet.open(workspace);
  Object.assign(fleet.config, { retries: { schedules: forJob(given, fleet.jobName) } });
}

function forJob(schedules: Record<string, RetrySchedule>, job: string): Record<string, RetrySchedule> {
  return Object.fromEntries(
    Object.entries(schedules).map(([name, schedule]) => [name, { ...schedule, job }]),
  );
}

async function listed(): Promise<ScheduleView[]> {
  const web = await FleetWeb.open(fleet);
  const { json } = await web.get('/api/retries/schedules');
  await web.close();
  return json.items as ScheduleView[];
}

const waiting = async () => (await fleet.queues.sweeps.getJobSchedulers()).map(({ key }) => key).sort();

test('a schedule fires once a time however many workers run, and starts what failed once', async () => {
  await open({ often: EACH_SECOND });
  const days = sourceDays(2);
  for (const day of days) await fleet.script(day, BROKEN);
  await Promise.all([fleet.worker(), fleet.worker(), fleet.worker()]);
  await fleet.ended(await fleet.backfill(days));
  await fleet.until('the retry', async () =>
    (await fleet.plans.list({ limit: 9 })).items.some((item) => item.created_by === 'schedule:often'),
  );
  const seen = (await fleet.queues.sweeps.getJobs(['completed'])).length;
  await fleet.until('two more firings', async () => {
    return (await fleet.queues.sweeps.getJobs(['completed'])).length >= seen + 2;
  });
  const due = (await fleet.queues.sweeps.getJobs(['completed'])).map((job) => job.returnvalue.due_at);
  expect(new Set(due).size).toBe(due.length);
  const { items } = await fleet.plans.list({ limit: 9 });
  expect(items.map((item) => item.created_by)).toEqual(['schedule:often', 'tester']);
  const [retry] = items;
  expect(await fleet.ended(retry?.id ?? '')).toMatchObject({
    counts: { succeeded: 2, total: 2 },
    request: { sweep: { schedule: 'often', retry_days_back: 3, max_retries: 5, job: fleet.jobName } },
  });
  const [daily, often] = await listed();
  expect(daily).toMatchObject({ name: 'daily', enabled: false, next_firing_at: null, last_firing: null });
  expect(often).toMatchObject({
    ...{ name: 'often', cron: '* * * * * *', timezone: 'UTC', enabled: true },
    next_firing_at: expect.stringMatching(/T.*Z$/),
    last_firing: { due_at: expect.stringMatching(/T.*\.000Z$/), problems: [] },
  });
});

test('schedules survive restarts, follow the configuration, and say when they fire next', async () => {
  await open({ one: NIGHTLY, two: NIGHTLY });
  const first = await fleet.worker();
  expect(await waiting()).toEqual(['one', 'two']);
  const before = await listed();
  const at = before.find(({ name }) => name === 'one')?.next_firing_at ?? '';
  const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
  expect(berlin.format(new Date(at))).toBe('02:30');
  await first.worker.stop();
  // Nobody works, and the firing is kept.
  expect(await waiting()).toEqual(['one', 'two']);

  const changed = { one: NIGHTLY, two: { ...NIGHTLY, enabled: false }, three: { ...NIGHTLY, maxRetries: 7 } };
  Object.assign(fleet.config, { retries: { schedules: forJob(changed, fleet.jobName) } });
  const [kept] = await fleet.queues.sweeps.getDelayed();
  await fleet.worker();
  expect(await waiting()).toEqual(['one', 'three']);
  expect((await fleet.queues.sweeps.getDelayed()).map(({ id, timestamp }) => [id, timestamp])).toContainEqual(
    [kept?.id, kept?.timestamp],
  );
  expect(await listed()).toMatchObject([
    { name: 'one', enabled: true, max_retries: 5 },
    { name: 'three', enabled: true, max_retries: 7 },
    { name: 'two', enabled: false, next_firing_at: null },
  ]);
});

test('a worker that is killed between choosing and starting leaves no date behind and starts none twice', async () => {
  await open({});
  const { local } = workspace.emulator;
  const days = sourceDays(3);
  for (const day of days) await fleet.script(day, BROKEN);
  const helper = await fleet.worker();
  await fleet.ended(await fleet.backfill(days));
  await fleet.logged();
  await helper.worker.stop();

  const killed = await fleet.workerProcess();
  await local.fault({ match: { method: 'GET', path: '/api/*/jobs/get' }, hold: true, times: 50 });
  await fleet.queues.sweeps.add(
    'sweep',
    { v: 1, schedule: 'nightly', retry_days_back: 1, max_retries: 2, job: null },
    { jobId: 'firing-1' },
  );
  const chosen = () => fleet.redis.get(fleet.keys.firing('firing-1'));
  await fleet.until('the choice', async () => (await chosen()) !== null);
  killed.child.kill('SIGKILL');
  await killed.result;
  await local.clearFaults();
  await local.release();
  expect((await fleet.plans.list({ limit: 9 })).items).toHaveLength(1);

  await Promise.all([fleet.worker(), fleet.worker()]);
  await fleet.until('the firing', async () => {
    return (await fleet.queues.sweeps.getJob('firing-1'))?.finishedOn !== undefined;
  });
  const { items } = await fleet.plans.list({ limit: 9 });
  expect(items.map(({ counts }) => counts.total)).toEqual([2, 3]);
  const [retry] = items;
  expect(await fleet.ended(retry?.id ?? '')).toMatchObject({ counts: { succeeded: 2 } });
  expect((await fleet.queues.sweeps.getJob('firing-1'))?.returnvalue).toMatchObject({
    ...{ backfills: [retry?.id], dates: 2, remaining: 1, problems: [] },
  });
});

test('what failed before a firing that did not get through is run again by the next one', async () => {
  await open({});
  await fleet.worker();
  const day = 24 * 60 * 60 * 1000;
  const now = Date.now();
  const fire = async (dueMs: number, job: string) => {
    const id = `repeat:nightly:${dueMs}`;
    const asked = { v: 1 as const, schedule: 'nightly', retry_days_back: 1, max_retries: 9, job };
    await fleet.queues.sweeps.add('sweep', asked, { jobId: id });
    await fleet.until('the firing', async () => {
      return (await fleet.queues.sweeps.getJob(id))?.finishedOn !== undefined;
    });
    return (await fleet.queues.sweeps.getJob(id))?.returnvalue;
  };
  expect(await fire(now, fleet.jobName)).toMatchObject({ dates: 0, problems: [] });
  const days = sourceDays(2);
  for (const one of days) await fleet.script(one, BROKEN);
  await fleet.ended(await fleet.backfill(days));
  expect(await fire(now + 2 * day, 'no_such_job')).toBeNull();
  expect(await fire(now + 4 * day, fleet.jobName)).toMatchObject({ dates: 2, problems: [] });
});

test('a firing that cannot work says why, and is not tried for ever', async () => {
  await open({ lost: EACH_SECOND });
  const lost = { lost: { ...EACH_SECOND, job: 'no_such_job' } };
  Object.assign(fleet.config, { retries: { schedules: lost } });
  await fleet.worker();
  await fleet.until('a failure', async () => (await fleet.queues.sweeps.getFailed()).length > 0);
  const [view] = await listed();
  expect(view?.last_firing?.problems).toEqual([expect.stringContaining('There is no job "no_such_job"')]);
  const [failed] = await fleet.queues.sweeps.getFailed();
  expect(failed).toMatchObject({ attemptsMade: 1, failedReason: expect.stringContaining('no_such_job') });
});
