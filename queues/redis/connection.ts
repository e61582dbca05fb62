import { Redis, type RedisOptions } from 'ioredis';
import { BackfillError } from '../../src/errors/backfill-error.ts';

/**
 * - `patient`: for workers; commands wait for Redis to come back (BullMQ demands `maxRetriesPerRequest: null`).
 * - `prompt`: for requests; a command fails after one reconnect, so that a caller gets an answer.
 */
export type Patience = 'patient' | 'prompt';

const MAX_RECONNECT_DELAY_MS = 2_000;
const PROMPT_TIMEOUT_MS = 5_000;

type ConnectionBehaviour = Pick<
  RedisOptions,
  'lazyConnect' | 'retryStrategy' | 'maxRetriesPerRequest' | 'commandTimeout'
>;

function redisOptions(patience: Patience): ConnectionBehaviour {
  return {
    lazyConnect: true,
    retryStrategy: (tries) => Math.min(tries * 100, MAX_RECONNECT_DELAY_MS),
    maxRetriesPerRequest: patience === 'patient' ? null : 1,
    ...(patience === 'prompt' && { commandTimeout: PROMPT_TIMEOUT_MS }),
  };
}

export function openRedis(url: string, patience: Patience): Redis {
  const redis = new Redis(url, redisOptions(patience));
  // Without a listener ioredis prints to stderr; whoever uses the connection sees the failed command.
  redis.on('error', () => {});
  return redis;
}

/**
 * Asks Redis for an answer once, so that a wrong address is an error now and not a silent wait.
 * @throws BackfillError redis_unavailable
 */
export async function checkRedis(url: string): Promise<{ version: string; warnings: string[] }> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 3_000,
    commandTimeout: PROMPT_TIMEOUT_MS,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    const server = await redis.info('server');
    const version = /redis_version:(\S+)/.exec(server)?.[1] ?? 'unknown';
    return { version, warnings: await configurationWarnings(redis) };
  } catch (cause) {
    throw new BackfillError(
      'redis_unavailable',
      `Redis at ${withoutPassword(url)} does not answer. Start it, or set REDIS_URL to one that runs.`,
      { cause },
    );
  } finally {
    redis.disconnect();
  }
}

/** What would lose plans: eviction, and no append-only file. Managed Redis may not tell; then nothing is said. */
async function configurationWarnings(redis: Redis): Promise<string[]> {
  const memory = await redis.info('memory');
  const persistence = await redis.info('persistence');
  const warnings: string[] = [];
  const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(`Redis may evict plans: set maxmemory-policy to noeviction (it is ${policy}).`);
  }
  if (/aof_enabled:0/.test(persistence)) {
    warnings.push('Redis keeps no append-only file: a restart may lose the last plans. Set appendonly yes.');
  }
  return warnings;
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.protocol}//${parsed.host}`;
  } catch {
    return 'the given address';
  }
}
