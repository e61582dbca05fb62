import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { KeySpace } from '../../queues/key-space.ts';
import { FleetLooks } from '../../queues/looks/fleet-looks.ts';
import type { Run } from '../../src/databricks/run.ts';
import { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { RunWatch } from '../../workers/run-watch.ts';
import { eventually } from '../harness/eventually.ts';
import { cleanUpRedis, openTestRedis, testPrefix } from '../harness/redis.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let jobId: string;
let redis: Redis;
let keys: KeySpace;
let watchers: Watcher[];
const releases: (() => Promise<void>)[] = [];

beforeAll(async () => {
  workspace = await startWorkspace();
}, 60_000);
beforeEach(async () => {
  const settings = workspace.config.jobs['02_process_data']?.settings ?? {};
  const all = { ...settings, name: `watched ${randomUUID()}`, max_concurrent_runs: 100 };
  ({ jobId } = await workspace.client.jobs.create(all));
  redis = openTestRedis();
  keys = new KeySpace(testPrefix());
  watchers = [];
});
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
  await workspace.emulator.local.clearFaults();
  await cleanUpRedis();
});
afterAll(() => workspace?.stop());

/** A worker as far as it watches: its own connections, and what it asked the workspace. */
interface Watcher {
  readonly watch: RunWatch;
  readonly looks: FleetLooks;
  readonly subscriber: Redis;
  readonly requests: string[];
}

function watcher({ share = 0.045 }: { share?: number } = {}): Watcher {
  const { databricks } = workspace.config;
  if (databricks === null) throw new Error('No workspace.');
  const requests: string[] = [];
  const onRequest = ({ path }: { path: string }) => void requests.push(path.replace('/api/2.2/jobs/', ''));
  const client = new WorkspaceClient({ ...databricks, retryWindowMs: 0, onRequest });
  const subscriber = openTestRedis();
  const looks = new FleetLooks(openTestRedis(), subscriber, keys);
  const { signal: handover } = new AbortController();
  const watch = new RunWatch({
    client,
    looks,
    jobId,
    facts: new FactBus(),
    typicalMs: null,
    share,
    handover,
  });
  releases.push(async () => {
    await watch.stop();
    await client.close();
  });
  const made = { watch, looks, subscriber, requests };
  watchers.push(made);
  return made;
}

/** Starts runs that take so long; answers their ids. */
async function runsOf(durationMs: number, count: number): Promise<string[]> {
  const range = { min: durationMs, max: durationMs };
  await workspace.emulator.local.config({ run_duration_ms: range });
  const start = async (date: string) => {
    const request = { jobId, jobParameters: { position_date: date }, idempotencyToken: randomUUID() };
    return (await workspace.client.jobs.runNow(request)).runId;
  };
  return Promise.all(sourceDays(count).map(start));
}

function ends({ watch }: Watcher, runIds: readonly string[]): Promise<(Run | null)[]> {
  const { signal } = new AbortController();
  return Promise.all(runIds.map((runId) => watch.ended(runId, { signal, mayHaveEnded: false })));
}

const idsOf = (runs: readonly (Run | null)[]) => runs.map((run) => run?.runId);
const lists = () =>
  watchers.flatMap(({ requests }) => requests.filter((path) => path === 'runs/list')).length;
const looksTaken = async () => Number((await redis.hget(keys.look(jobId), 'look')) ?? 0);

/** Of a job whose runs are known to take so long. */
const runsUsuallyTake = (ms: number) => redis.hset(keys.target(jobId), 'typical_run_ms', ms);

test('four workers list the runs of a job as often as one does', async () => {
  await runsUsuallyTake(2_000);
  const alone = await runsOf(2_000, 8);
  expect(idsOf(await ends(watcher(), alone))).toEqual(alone);
  const listsOfOne = lists();

  const shared = await runsOf(2_000, 8);
  const before = lists();
  const fleet = [watcher(), watcher(), watcher(), watcher()];
  const parts = fleet.map((worker, index) => ends(worker, shared.slice(index * 2, index * 2 + 2)));
  expect((await Promise.all(parts)).flatMap(idsOf)).toEqual(shared);
  expect(lists() - before).toBeLessThanOrEqual(listsOfOne * 1.2 + 2);
});

test('the end of a run reaches the worker that holds it although another looked', async () => {
  await runsUsuallyTake(20_000);
  const [lasting = '', brief = ''] = [...(await runsOf(60_000, 1)), ...(await runsOf(700, 1))];
  const eager = watcher({ share: 0.001 });
  void ends(eager, [lasting]);
  await eventually(looksTaken, (looks) => looks > 0);
  const patient = watcher({ share: 0.5 });
  expect(await ends(patient, [brief])).toMatchObject([
    { runId: brief, phase: 'terminated', outcome: { kind: 'succeeded', warning: null } },
  ]);
  expect(patient.requests).toEqual([]);
});

test('a run that another saw end before its holder began to watch it is not asked for again', async () => {
  await runsUsuallyTake(20_000);
  const [lasting = '', brief = ''] = [...(await runsOf(60_000, 1)), ...(await runsOf(100, 1))];
  const eager = watcher({ share: 0.001 });
  void ends(eager, [lasting]);
  await eventually(
    () => redis.exists(keys.endedRun(jobId, brief)),
    (kept) => kept === 1,
  );
  const late = watcher({ share: 0.5 });
  expect(idsOf(await ends(late, [brief]))).toEqual([brief]);
  expect(late.requests).toEqual([]);
});

test('when the worker whose turn it is dies in the middle of its look, another looks', async () => {
  const worker = watcher();
  const { looks } = worker;
  expect(await looks.take(jobId, 'dying', 1_000)).toMatchObject({ taken: true });
  expect(await looks.take(jobId, 'other', 1_000)).toMatchObject({ taken: false });
  const runIds = await runsOf(100, 2);
  expect(idsOf(await ends(worker, runIds))).toEqual(runIds);
});

test('a worker that was stopped in the middle of its look does not pass it off as a new one', async () => {
  const { looks } = watcher();
  await looks.take(jobId, 'stopped', 1_000);
  // As when its lease ran out while it was stopped.
  await redis.hset(keys.look(jobId), 'held_until', 0);
  expect(await looks.take(jobId, 'other', 1_000)).toMatchObject({ taken: true });
  expect(await looks.publish(jobId, 'stopped', { runs: [], seenUntilMs: 1 })).toBe(false);
  expect(await looks.publish(jobId, 'other', { runs: [], seenUntilMs: 2 })).toBe(true);
  expect(await looks.take(jobId, 'stopped', 1_000)).toMatchObject({ taken: false, seenUntilMs: 2 });
});

test('a look that takes long keeps its turn', async () => {
  const { looks } = watcher();
  await looks.take(jobId, 'slow', 1_000);
  await redis.hincrby(keys.look(jobId), 'held_until', -3_900);
  await looks.renew(jobId, 'slow');
  await looks.renew(jobId, 'other');
  const { waitMs } = await looks.take(jobId, 'other', 10_000);
  expect(waitMs).toBeGreaterThan(3_000);
});

test('after a failed look the whole fleet waits, longer each time, or as long as the workspace says', async () => {
  const { looks } = watcher();
  await looks.take(jobId, 'one', 0);
  expect(await looks.fail(jobId, 'one', null)).toBe(300);
  expect(await looks.take(jobId, 'other', 0)).toMatchObject({ taken: false });
  await redis.hset(keys.look(jobId), 'due_at', 0);
  await looks.take(jobId, 'other', 0);
  expect(await looks.fail(jobId, 'other', null)).toBe(600);
  await redis.hset(keys.look(jobId), 'due_at', 0);
  await looks.take(jobId, 'one', 0);
  expect(await looks.fail(jobId, 'one', 7_000)).toBe(7_000);
  const { waitMs } = await looks.take(jobId, 'other', 0);
  expect(waitMs).toBeGreaterThan(6_000);
});

test('runs are seen to end although Redis forgets everything in between, and although nobody is poked', async () => {
  await runsUsuallyTake(1_000);
  const runIds = await runsOf(1_000, 6);
  const [one, other] = [watcher(), watcher()];
  const waiting = Promise.all([ends(one, runIds.slice(0, 3)), ends(other, runIds.slice(3))]);
  await eventually(looksTaken, (looks) => looks > 2);
  const known = await redis.keys(`${keys.prefix}:*`);
  await redis.del(known);
  for (const { subscriber } of watchers) subscriber.disconnect();
  expect((await waiting).flatMap(idsOf)).toEqual(runIds);
});

test('runs of other people that end in between, more than a page of them, hide none of ours', async () => {
  await runsUsuallyTake(500);
  const [ours = ''] = await runsOf(300, 1);
  await runsOf(300, 40);
  const worker = watcher({ share: 0.5 });
  expect(idsOf(await ends(worker, [ours]))).toEqual([ours]);
});
