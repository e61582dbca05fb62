import type { Redis } from 'ioredis';
import type { KeySpace } from '../queues/key-space.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { pause } from './pause.ts';

const LOOK_INTERVAL_MS = 500;

interface Watched {
  readonly controller: AbortController;
  holders: number;
}

/** Tells the attempts in this process that their backfill is being cancelled together with its live runs. */
export class CancelWatch implements Service {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #facts: FactBus;
  readonly #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  #looking: Promise<void> | null = null;

  constructor(redis: Redis, keys: KeySpace, facts: FactBus) {
    this.#redis = redis;
    this.#keys = keys;
    this.#facts = facts;
  }

  /** A signal that is aborted when live runs of the backfill shall be cancelled. Call `release` when done. */
  watch(backfillId: string): { cancelled: AbortSignal; release: () => void } {
    const watched = this.#watched.get(backfillId) ?? { controller: new AbortController(), holders: 0 };
    this.#watched.set(backfillId, watched);
    watched.holders += 1;
    return {
      cancelled: watched.controller.signal,
      release: () => {
        watched.holders -= 1;
        if (watched.holders === 0) this.#watched.delete(backfillId);
      },
    };
  }

  async start(): Promise<void> {
    this.#looking ??= this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(LOOK_INTERVAL_MS, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#look().catch((error) =>
        this.#facts.emit({ type: 'service.failed', service: 'cancel', error }),
      );
    }
  }

  async #look(): Promise<void> {
    for (const [id, { controller }] of this.#watched) {
      if (controller.signal.aborted) continue;
      const [state, runs] = await this.#redis.hmget(this.#keys.backfill(id), 'state', 'cancel_runs');
      if (state === 'cancelling' && runs === 'cancel') controller.abort();
    }
  }
}
