import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Dispatcher } from '../queues/dispatcher.ts';
import { WORKER_SILENCE_MS } from '../queues/fleet-state.ts';
import type { KeySpace } from '../queues/key-space.ts';
import type { Lease } from '../queues/lease.ts';
import type { RunCensus } from '../queues/run-census.ts';
import { watchBackfills } from '../queues/scripts/watch-backfills.ts';
import { alertPolicyFor } from '../src/config/alerts-config.ts';
import type { Config } from '../src/config/config.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { pause } from './pause.ts';

/** Below this many dates that have run, a share of failures says nothing. */
const LEAST_FINISHED = 10;

export interface BackfillWatcherParts {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly dispatcher: Dispatcher;
  /** One worker of the fleet looks a turn. */
  readonly lease: Lease;
  readonly census: RunCensus;
  readonly config: Config;
  readonly facts: FactBus;
  readonly intervalMs: number;
}

/** Finds backfills that are stuck or fail too often; also says that this worker lives. */
export class BackfillWatcher implements Service {
  readonly #parts: BackfillWatcherParts;
  readonly #name = randomUUID();
  readonly #stopping = new AbortController();
  #looping: Promise<void> | null = null;

  constructor(parts: BackfillWatcherParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#looping ??= this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    const { redis, keys } = this.#parts;
    this.#stopping.abort();
    await this.#looping;
    await redis.zrem(keys.workers, this.#name);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look().catch((error) => {
        if (!signal.aborted) this.#parts.facts.emit({ type: 'service.failed', service: 'watcher', error });
      });
      await pause(this.#parts.intervalMs, signal).catch(() => {});
    }
  }

  /** A workspace that is down must not keep us from watching. */
  async #takeCensus(jobId: string): Promise<void> {
    await this.#parts.census.take(jobId).catch((error) => {
      this.#parts.facts.emit({ type: 'service.failed', service: 'census', error });
    });
  }

  async #look(): Promise<void> {
    const { redis, keys, dispatcher, lease, config } = this.#parts;
    const now = Date.now();
    await redis.zadd(keys.workers, now, this.#name);
    await redis.zremrangebyscore(keys.workers, '-inf', now - WORKER_SILENCE_MS);
    if (!(await lease.hold())) return;
    for (const jobId of await dispatcher.targets()) {
      const name = (await redis.hget(keys.target(jobId), 'job_name')) ?? '';
      const policy = alertPolicyFor(config, { jobId, name });
      const { open } = await watchBackfills.run(redis, keys.prefix, {
        job_id: jobId,
        stall_after_ms: policy.stallAfterMs,
        failure_ratio: policy.failureRatio,
        least_finished: LEAST_FINISHED,
      });
      if (open > 0) await this.#takeCensus(jobId);
    }
  }
}
