import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { KeySpace } from '../../queues/key-space.ts';
import type { BackfillError } from '../../src/errors/backfill-error.ts';
import { placeOf } from './client-place.ts';
import { refusal } from './refusal.ts';

const WINDOW_SECONDS = 600;
const PER_ADDRESS = 20;
/** Of all addresses together, against guessing from many. */
const IN_ALL = 300;
const EVERYBODY = 'all';

/**
 * How often somebody may try a wrong token. Counted in Redis, so that all web processes count together, and
 * in memory while Redis is away.
 */
export class FailedSignIns {
  readonly #perAddress: RateLimiterRedis;
  readonly #inAll: RateLimiterRedis;

  constructor(redis: Redis, keys: KeySpace) {
    this.#perAddress = limiter(redis, `${keys.failedSignIns}:address`, PER_ADDRESS);
    this.#inAll = limiter(redis, keys.failedSignIns, IN_ALL);
  }

  /**
   * Counts a wrong token.
   * @throws BackfillError too_many_requests past the limit
   */
  async count(address: string): Promise<void> {
    await consumed(this.#perAddress.consume(placeOf(address)));
    await consumed(this.#inAll.consume(EVERYBODY));
  }

  /**
   * To be asked also for a right token, which may have been guessed. Redis answers in the order in which it is
   * asked, so that of many tries at once none slips through before the others are counted.
   * @throws BackfillError too_many_requests past the limit
   */
  async refuseBeyond(address: string): Promise<void> {
    const [ofAddress, ofAll] = await Promise.all([
      this.#perAddress.get(placeOf(address)),
      this.#inAll.get(EVERYBODY),
    ]);
    for (const counted of [ofAddress, ofAll]) {
      if (counted !== null && counted.remainingPoints <= 0) throw tooMany(counted);
    }
  }
}

function limiter(redis: Redis, keyPrefix: string, points: number): RateLimiterRedis {
  const limits = { keyPrefix, points, duration: WINDOW_SECONDS };
  return new RateLimiterRedis({
    ...limits,
    storeClient: redis,
    insuranceLimiter: new RateLimiterMemory(limits),
  });
}

async function consumed(consuming: Promise<RateLimiterRes>): Promise<void> {
  try {
    await consuming;
  } catch (thrown) {
    throw thrown instanceof RateLimiterRes ? tooMany(thrown) : thrown;
  }
}

function tooMany({ msBeforeNext }: RateLimiterRes): BackfillError {
  const minutes = Math.max(1, Math.ceil(msBeforeNext / 60_000));
  return refusal(
    'failed_sign_ins',
    `Too many wrong tokens came from here. Try again in ${minutes} min.`,
    msBeforeNext,
  );
}
