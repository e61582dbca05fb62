import type { Redis } from 'ioredis';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { KeySpace } from '../key-space.ts';

/** Backfills of one round trip. */
const RETRY_CHUNK = 1_000;

/** How many ids, and the id after which the page starts. */
export interface IndexPage {
  readonly limit: number;
  readonly before?: string;
}

/**
 * Ids of all backfills. An id stays when its backfill leaves Redis: so it is known what the tables have to be
 * asked for, and that they need not be asked for anything else.
 */
export class BackfillIndex {
  readonly #redis: Redis;
  readonly #keys: KeySpace;

  constructor(redis: Redis, keys: KeySpace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Whether a backfill has ended, has left Redis and is in the tables only. */
  async isArchived(id: string): Promise<boolean> {
    if ((await this.#redis.zscore(this.#keys.backfills, id)) === null) return false;
    return (await this.#redis.exists(this.#keys.backfill(id))) === 0;
  }

  /** Ids newest first. @throws BackfillError invalid_request for a cursor that is no id of the index */
  async page({ limit, before }: IndexPage): Promise<{ ids: string[]; nextCursor: string | null }> {
    const start = before ? await this.#rankAfter(before) : 0;
    const found = await this.#redis.zrevrange(this.#keys.backfills, start, start + limit);
    const ids = found.slice(0, limit);
    return { ids, nextCursor: found.length > limit ? (ids.at(-1) ?? null) : null };
  }

  /** The retries made after a backfill that Redis has, the oldest first, each with what it is a retry of. */
  async retriesSince(id: string): Promise<{ id: string; retryOf: string }[]> {
    const ids = await this.#after(id);
    const retries: { id: string; retryOf: string }[] = [];
    for (let at = 0; at < ids.length; at += RETRY_CHUNK) {
      const chunk = ids.slice(at, at + RETRY_CHUNK);
      const origins = await Promise.all(
        chunk.map((of) => this.#redis.hget(this.#keys.backfill(of), 'retry_of')),
      );
      for (const [index, retryOf] of origins.entries()) {
        const retry = chunk[index];
        if (retryOf && retry !== undefined) retries.push({ id: retry, retryOf });
      }
    }
    return retries;
  }

  async #after(id: string): Promise<string[]> {
    const rank = await this.#redis.zrank(this.#keys.backfills, id);
    return rank === null ? [] : this.#redis.zrange(this.#keys.backfills, rank + 1, '-1');
  }

  async #rankAfter(id: string): Promise<number> {
    const rank = await this.#redis.zrevrank(this.#keys.backfills, id);
    if (rank === null) throw new BackfillError('invalid_request', `cursor: ${id} is no longer in the list.`);
    return rank + 1;
  }
}
