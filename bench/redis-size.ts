import type { Redis } from 'ioredis';

const KEYS_AT_ONCE = 1_000;

/** Bytes of memory that the keys with this prefix take, each measured to its last element. */
export async function redisBytes(redis: Redis, prefix: string): Promise<number> {
  let total = 0;
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: KEYS_AT_ONCE })) {
    const sizes = await Promise.all(
      (keys as string[]).map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)),
    );
    for (const bytes of sizes) total += bytes ?? 0;
  }
  return total;
}
