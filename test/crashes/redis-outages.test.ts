import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { sourceDays } from '../workers/source-days.ts';
import { PrivateRedis } from './private-redis.ts';

let redis: PrivateRedis;
let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  redis = await PrivateRedis.start();
  // What the harness opens in this file shall be on this one.
  process.env.BACKFILL_TEST_REDIS_URL = redis.url;
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 10 } });
});
afterEach(async () => {
  await redis.goOn();
  await fleet.close();
});
afterAll(async () => {
  await workspace?.stop();
  await redis?.stop();
});

/** Two worker processes that watch ten runs. */
async function tenRunsWatched(runMs: number) {
  const workers = await Promise.all([fleet.workerProcess(), fleet.workerProcess()]);
  await fleet.runsTake(runMs);
  const id = await fleet.backfill(sourceDays(10));
  await fleet.until('ten runs', async () => (await fleet.plans.view(id)).counts.running === 10);
  return { workers, id };
}

async function expectAllRunOnce(id: string): Promise<void> {
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 10 } });
  expect(await fleet.runs()).toHaveLength(10);
  await expectInvariants(fleet, [id], { limit: 10 });
}

test('a Redis that gives no answer for longer than the locks last costs no run and makes none twice', async () => {
  const { workers, id } = await tenRunsWatched(5_000);
  redis.pause();
  await fleet.until('the runs to end unseen', async () => (await fleet.liveRuns()).length === 0);
  await redis.goOn();
  await expectAllRunOnce(id);
  expect(workers.map(({ said }) => said).join('')).toContain('"attempt.reattached"');
});

test('a Redis restarted from its append-only file knows the ten live dates, and each ends once', async () => {
  const { workers, id } = await tenRunsWatched(3_000);
  await redis.end();
  await redis.goOn();
  await expectAllRunOnce(id);
  expect(workers.map(({ child }) => child.exitCode)).toEqual([null, null]);
});

test('a replica promoted without the last dates finds the runs that they had, and makes none twice', async () => {
  const replica = await redis.replica();
  await Promise.all([fleet.workerProcess(), fleet.workerProcess()]);
  const days = sourceDays(30);
  const id = await fleet.backfill(days);
  const succeeded = async () => (await fleet.plans.view(id)).counts.succeeded;
  await fleet.until('five dates', async () => (await succeeded()) >= 5);
  await replica.fallBehind();
  const known = await succeeded();
  await fleet.until(
    'ten more, which the replica does not know of',
    async () => (await succeeded()) >= known + 10,
  );
  await replica.promote();
  expect(await succeeded()).toBeLessThan(known + 10);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 30 } });
  expect(await fleet.runs()).toHaveLength(30);
  // What lived and was forgotten does not count against the limit until it is found again.
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('workers whose connections are cut again and again connect anew and run each date once', async () => {
  const id = await fleet.backfill(sourceDays(10), { max_active_runs: 3 });
  const workers = await Promise.all([fleet.workerProcess(), fleet.workerProcess()]);
  for (const done of [1, 4, 7]) {
    await fleet.until(`${done} dates`, async () => (await fleet.plans.view(id)).counts.succeeded >= done);
    // Those that were cut just now may still be on their way back.
    const cut = () => fleet.redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await fleet.until('connections to cut', async () => Number(await cut()) > 0);
    await fleet.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  }
  await expectAllRunOnce(id);
  expect(workers.map(({ child }) => child.exitCode)).toEqual([null, null]);
});

test('a worker started before Redis waits for it, and then works', async () => {
  // Commands of our own that are under way when Redis ends wait for it too, as those of a worker do.
  fleet.redis.options.maxRetriesPerRequest = null;
  await redis.end();
  const worker = await fleet.unreadyWorkerProcess();
  await worker.untilSaid(/Redis at .* does not answer.*Trying again/);
  await redis.goOn();
  await worker.untilSaid('"Ready"');
  const ours = () =>
    fleet.redis
      .ping()
      .then(() => true)
      .catch(() => false);
  await fleet.until('our own connection to be back', ours);
  await expectAllRunOnce(await fleet.backfill(sourceDays(10)));
});
