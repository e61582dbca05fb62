import { setTimeout as pause } from 'node:timers/promises';
import { KeySpace } from '../queues/key-space.ts';
import { Outbox } from '../queues/outbox/outbox.ts';
import type { BenchStack } from './stack.ts';
import { REDIS_PREFIX } from './stack-parts.ts';

const LOOK_INTERVAL_MS = 250;

/**
 * Waits until the rows of all that was stored are in the tables, whoever wanted to hear of it has, and Redis
 * rewrites no file: that is what filling costs, not what a full Redis does.
 */
export async function untilQuiet({ redis }: BenchStack, signal: AbortSignal): Promise<void> {
  const keys = new KeySpace(REDIS_PREFIX);
  const outbox = new Outbox(redis, keys);
  const isBusy = async () => {
    if ((await outbox.length()) > 0 || (await redis.xlen(keys.signals)) > 0) return true;
    return /^(aof_rewrite|rdb_bgsave)_in_progress:1/m.test(await redis.info('persistence'));
  };
  while (await isBusy()) await pause(LOOK_INTERVAL_MS, undefined, { signal });
}
