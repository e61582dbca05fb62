import type { Redis } from 'ioredis';
import type { Dispatcher } from '../queues/dispatcher.ts';
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

/** Finds backfills that are stuck or fail too often, and has the census taken. */
export class BackfillWatcher implements Service {
  readonly #parts: BackfillWatcherParts;
  readonly #stopping = new AbortController();
  #looping: Promise<void> | null = null;
  #counting = false;

  constructor(parts: BackfillWatcherParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#looping ??= this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looping;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look().catch((error) => {
        if (!signal.aborted) this.#parts.facts.emit({ type: 'service.failed', service: 'watcher', error });
      });
      await pause(this.#parts.intervalMs, signal).catch(() => {});
    }
  }

  /** Not waited for: a workspace that is slow or down must not keep us from watching. */
  #takeCensus(jobIds: readonly string[]): void {
    if (this.#counting) return;
    this.#counting = true;
    void this.#count(jobIds).finally(() => {
      this.#counting = false;
    });
  }

  async #count(jobIds: readonly string[]): Promise<void> {
    const { census, facts } = this.#parts;
    for (const jobId of jobIds) {
      if (this.#stopping.signal.aborted) return;
      await census.take(jobId).catch((error) => {
        if (this.#stopping.signal.aborted) return;
        facts.emit({ type: 'service.failed', service: 'census', error });
      });
    }
  }

  async #look(): Promise<void> {
    const { redis, keys, dispatcher, lease, config } = this.#parts;
    if (!(await lease.hold())) return;
    const jobIds = await dispatcher.targets();
    for (const jobId of jobIds) {
      const name = (await redis.hget(keys.target(jobId), 'job_name')) ?? '';
      const policy = alertPolicyFor(config, { jobId, name });
      await watchBackfills.run(redis, keys.prefix, {
        job_id: jobId,
        stall_after_ms: policy.stallAfterMs,
        failure_ratio: policy.failureRatio,
        least_finished: LEAST_FINISHED,
      });
    }
    this.#takeCensus(jobIds);
  }
}
