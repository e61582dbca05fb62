import type { Redis } from 'ioredis';
import type { BackfillQueues } from './backfill-queues.ts';
import type { KeySpace } from './key-space.ts';
import type { PlanReader } from './plan/plan-reader.ts';

/** A target job that was ever backfilled: its slots, and what waits for one (GET /api/overview). */
export interface TargetView {
  job_id: string;
  job: string;
  /** max_concurrent_runs less the headroom, as last read. */
  limit: number;
  /** Attempts past the start gate, those included that Databricks does not take yet. */
  live_runs: number;
  /** Dates in its queue that no worker has taken yet. */
  queued: number;
  /** How long its last runs took; null before the first. */
  typical_run_seconds: number | null;
  /** Why Databricks takes no run at the moment, or null. */
  refusal_reason: string | null;
}

/** Reads how busy the target jobs are. It asks Redis only. */
export class TargetReader {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #queues: BackfillQueues;
  readonly #plans: PlanReader;

  constructor(redis: Redis, keys: KeySpace, queues: BackfillQueues, plans: PlanReader) {
    this.#redis = redis;
    this.#keys = keys;
    this.#queues = queues;
    this.#plans = plans;
  }

  /** By name. */
  async targets(): Promise<TargetView[]> {
    const jobIds = await this.#redis.smembers(this.#keys.targets);
    const views = await Promise.all(jobIds.map((jobId) => this.#target(jobId)));
    return views.sort((one, other) => one.job.localeCompare(other.job));
  }

  /** Ids of the backfills of all target jobs that have not ended, newest first. */
  async unfinished(): Promise<string[]> {
    const jobIds = await this.#redis.smembers(this.#keys.targets);
    const ids = await Promise.all(jobIds.map((jobId) => this.#redis.zrange(this.#keys.open(jobId), 0, '-1')));
    return ids.flat().sort().reverse();
  }

  async #target(jobId: string): Promise<TargetView> {
    const [pace, name, liveRuns, waiting] = await Promise.all([
      this.#plans.target(jobId),
      this.#redis.hget(this.#keys.target(jobId), 'job_name'),
      this.#redis.scard(this.#keys.live(jobId)),
      this.#queues.dates(jobId).getJobCountByTypes('waiting', 'prioritized', 'delayed'),
    ]);
    return {
      job_id: jobId,
      job: name ?? jobId,
      limit: pace.limit,
      live_runs: liveRuns,
      queued: waiting,
      typical_run_seconds: pace.typicalRunMs === null ? null : Math.round(pace.typicalRunMs / 100) / 10,
      refusal_reason: pace.refusalReason,
    };
  }
}
