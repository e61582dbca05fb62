import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';

const EXTEND = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** The right to be the only one of the fleet that does something, for a time that must be renewed. */
export class Lease {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #durationMs: number;
  readonly #holder = randomUUID();

  constructor(redis: Redis, keys: KeySpace, name: string, durationMs: number) {
    this.#redis = redis;
    this.#key = keys.lease(name);
    this.#durationMs = durationMs;
  }

  /** Takes the lease or makes it last its whole duration, or another, again; false while another holds it. */
  async hold(durationMs = this.#durationMs): Promise<boolean> {
    if ((await this.#redis.eval(EXTEND, 1, this.#key, this.#holder, durationMs)) === 1) return true;
    return (await this.#redis.set(this.#key, this.#holder, 'PX', durationMs, 'NX')) === 'OK';
  }

  /** Gives it up at once; harmless when it is not held. */
  async release(): Promise<void> {
    await this.#redis.eval(RELEASE, 1, this.#key, this.#holder);
  }
}
