import type { Redis } from 'ioredis';
import type { BackfillQueues } from './backfill-queues.ts';
import type { KeySpace } from './key-space.ts';
import { listed } from './redis/lua-list.ts';
import { feedTarget } from './scripts/feed-target.ts';
import { findMissingJobs } from './scripts/find-missing-jobs.ts';

const MIN_LOOK_AHEAD = 5;
const LOOK_AHEAD_SHARE = 0.25;

export interface Repair {
  /** Queued dates whose BullMQ job was gone and is there again. */
  readded: number;
  /** Failed attempts that still wait for a decision. */
  undecided: readonly { backfillId: string; positionDate: string; attempt: number }[];
}

/**
 * Moves pending dates into BullMQ. Whoever changes a plan asks for a feed after it; calls for the same
 * target job that come while one is under way are answered by one more.
 */
export class Dispatcher {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #queues: BackfillQueues;
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(redis: Redis, keys: KeySpace, queues: BackfillQueues) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queues = queues;
  }

  feed(jobId: string): Promise<void> {
    const next = this.#next.get(jobId);
    if (next !== undefined) return next;
    const running = this.#running.get(jobId);
    if (running === undefined) return this.#start(jobId);
    const following = running
      .catch(() => {})
      .then(() => {
        this.#next.delete(jobId);
        return this.#start(jobId);
      });
    this.#next.set(jobId, following);
    return following;
  }

  #start(jobId: string): Promise<void> {
    const feeding = this.#feedOnce(jobId).finally(() => {
      if (this.#running.get(jobId) === feeding) this.#running.delete(jobId);
    });
    this.#running.set(jobId, feeding);
    return feeding;
  }

  async #feedOnce(jobId: string): Promise<void> {
    const limit = Number((await this.#redis.hget(this.#keys.target(jobId), 'max_concurrent_runs')) ?? 0);
    const { fed } = await feedTarget.run(this.#redis, this.#keys.prefix, {
      job_id: jobId,
      look_ahead: Math.max(MIN_LOOK_AHEAD, Math.ceil(limit * LOOK_AHEAD_SHARE)),
    });
    await this.#queues.addDates(jobId, listed(fed));
  }

  /** Adds again what a crash or a wiped queue lost. Any worker may do it at any time. */
  async repair(jobId: string): Promise<Repair> {
    const found = await findMissingJobs.run(this.#redis, this.#keys.prefix, { job_id: jobId });
    const missing = listed(found.missing);
    // A finished job of the same id would swallow the new one.
    await this.#queues.removeDates(
      jobId,
      missing.map((date) => date.attempt_id),
    );
    await this.#queues.addDates(jobId, missing);
    for (const backfillId of listed(found.planning)) await this.#queues.addPlanAgain(backfillId);
    return {
      readded: missing.length,
      undecided: listed(found.undecided).map((date) => ({
        backfillId: date.backfill_id,
        positionDate: date.position_date,
        attempt: date.attempt,
      })),
    };
  }

  /** Ids of the target jobs that were ever backfilled. */
  targets(): Promise<string[]> {
    return this.#redis.smembers(this.#keys.targets);
  }
}
