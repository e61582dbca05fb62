import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';

const opened = new Map<string, Redis[]>();

/** Address of the Redis of this test run. */
export function testRedisUrl(): string {
  const url = process.env.BACKFILL_TEST_REDIS_URL;
  if (url === undefined)
    throw new Error('No test Redis: run the tests through Jest, whose setup starts one.');
  return url;
}

/**
 * A key prefix that no other test has: of the file and the full name of the test that runs, or of the file
 * alone outside a test. Give it to everything that takes `redis.prefix`.
 */
export function testPrefix(): string {
  const { testPath = '', currentTestName = '' } = expect.getState();
  const hash = createHash('sha256').update(`${process.pid} ${testPath} ${currentTestName}`).digest('hex');
  return `t${hash.slice(0, 12)}`;
}

/** A connection of this test, ended by {@link cleanUpRedis}. */
export function openTestRedis(): Redis {
  const redis = new Redis(testRedisUrl(), { maxRetriesPerRequest: 1 });
  redis.on('error', () => {});
  const prefix = testPrefix();
  opened.set(prefix, [...(opened.get(prefix) ?? []), redis]);
  return redis;
}

/**
 * Deletes the keys of this test's prefix and ends its connections. Call it in `afterEach`, or in `afterAll`
 * for what was opened outside a test, after everything that uses Redis has stopped.
 */
export async function cleanUpRedis(prefix: string = testPrefix()): Promise<void> {
  const redis = new Redis(testRedisUrl());
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 })) {
    if (keys.length > 0) await redis.unlink(keys);
  }
  for (const connection of [redis, ...(opened.get(prefix) ?? [])]) connection.disconnect();
  opened.delete(prefix);
}
