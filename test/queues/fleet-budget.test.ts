import type { Redis } from 'ioredis';
import { FleetBudget } from '../../queues/budget/fleet-budget.ts';
import { KeySpace } from '../../queues/key-space.ts';
import { cleanUpRedis, openTestRedis, testPrefix } from '../harness/redis.ts';

const HOST = 'https://example.cloud.databricks.com';
let redis: Redis;
let stopping: AbortController;

beforeEach(async () => {
  redis = openTestRedis();
  await redis.ping();
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await cleanUpRedis();
});

function budget(perSecond: number, host = HOST): FleetBudget {
  const keys = new KeySpace(testPrefix());
  return new FleetBudget({ redis, keys, host, perSecond, stopping: stopping.signal });
}

/** When each of so many requests of this process was let go, by one clock for all. */
async function timesOf(one: FleetBudget, requests: number): Promise<number[]> {
  const times: number[] = [];
  const take = async () => {
    await one.take({ urgent: true });
    times.push(performance.now());
  };
  await Promise.all(Array.from({ length: requests }, take));
  return times;
}

/** A timer may fire so much before its time. */
const TIMER_EARLY_MS = 5;

test.each([
  ['one time at once', 20, 30],
  ['a few times at once, since it is large', 300, 400],
])(
  'two processes that reserve %s get no further than the budget allows, and take turns',
  async (_, perSecond, each) => {
    const startedMs = performance.now();
    const processes = [budget(perSecond), budget(perSecond)];
    const [ones = [], others = []] = await Promise.all(processes.map((one) => timesOf(one, each)));
    // A busy machine sends late, and then more at a time than was meant, but never early.
    const sent = [...ones, ...others].sort((a, b) => a - b).map((at) => at - startedMs);
    const early = sent.filter((at, nr) => at < Math.floor(nr / perSecond) * 1_000 - TIMER_EARLY_MS);
    expect(early).toEqual([]);
    // Neither has to wait until the other is done.
    expect(Math.max(...ones.slice(0, each / 2))).toBeLessThan(Math.max(...others));
    expect(Math.max(...others.slice(0, each / 2))).toBeLessThan(Math.max(...ones));
  },
);

test('a request waits no moment while the second is not full', async () => {
  const times = await timesOf(budget(100), 50);
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(900);
});

test('each workspace has a budget of its own', async () => {
  await timesOf(budget(1), 1);
  const startedMs = performance.now();
  await timesOf(budget(1, 'https://other.cloud.databricks.com'), 1);
  expect(performance.now() - startedMs).toBeLessThan(900);
});

test('after a 429 of one process the other waits too, as long as the workspace said', async () => {
  const [one, other] = [budget(1_000), budget(1_000)];
  const startedMs = performance.now();
  one.throttled(600);
  await held();
  await timesOf(other, 1);
  expect(performance.now() - startedMs).toBeGreaterThan(580);
});

test('without a word on how long, the wait doubles with each 429 in a row until one is answered well', async () => {
  const one = budget(1_000);
  const waits: number[] = [];
  for (const _ of [1, 2]) {
    one.throttled(null);
    waits.push(await held());
    await redis.del(await holdKey());
  }
  one.answered();
  one.throttled(null);
  waits.push(await held());
  expect(waits.map((ms) => Math.ceil(ms / 1_000))).toEqual([1, 2, 1]);
});

test('429s of requests that were under way together count as one', async () => {
  const one = budget(1_000);
  one.throttled(null);
  await held();
  one.throttled(null);
  one.throttled(null);
  await redis.ping();
  expect(await held()).toBeLessThanOrEqual(1_000);
});

test('a process that stops lets nobody wait, however long the workspace is to be left alone', async () => {
  const one = budget(1_000);
  one.throttled(60_000);
  await held();
  const waiting = one.take({ urgent: true });
  stopping.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'workspace_unavailable' });
  await expect(one.take({ urgent: true })).rejects.toMatchObject({ code: 'workspace_unavailable' });
});

test('a Redis that is away blocks no request', async () => {
  const one = budget(1_000);
  redis.disconnect();
  await timesOf(one, 5);
});

async function holdKey(): Promise<string> {
  const [key = ''] = await redis.keys(`${testPrefix()}:requests:*:hold`);
  return key;
}

/** Waits until Redis knows of the 429; answers for how long it holds everybody. */
async function held(): Promise<number> {
  for (;;) {
    const key = await holdKey();
    if (key !== '') return redis.pttl(key);
  }
}
