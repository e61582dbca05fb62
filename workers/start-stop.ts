import type { Redis } from 'ioredis';
import type { BackfillControl } from '../queues/backfill-control.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { KeySpace } from '../queues/key-space.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';

/** Keeps dates from starting that no table could tell of. */
export class StartStop {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #dispatcher: Dispatcher;
  readonly #control: BackfillControl;
  readonly #facts: FactBus;

  constructor(parts: {
    redis: Redis;
    keys: KeySpace;
    dispatcher: Dispatcher;
    control: BackfillControl;
    facts: FactBus;
  }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#dispatcher = parts.dispatcher;
    this.#control = parts.control;
    this.#facts = parts.facts;
  }

  /** Pauses every open backfill, whichever worker has its dates; runs under way go on. */
  async pauseAll(reason: string): Promise<void> {
    for (const jobId of await this.#dispatcher.targets()) {
      for (const id of await this.#redis.zrange(this.#keys.open(jobId), 0, '-1')) {
        if (await this.#paused(id, reason)) {
          this.#facts.emit({ type: 'backfill.paused', backfill_id: id, reason });
        }
      }
    }
  }

  async #paused(id: string, reason: string): Promise<boolean> {
    try {
      return await this.#control.pause(id, reason, { byItself: true });
    } catch (failure) {
      // It has ended in between, or is being cancelled: it starts nothing either way.
      if (failure instanceof BackfillError && failure.code === 'already_finished') return false;
      throw failure;
    }
  }
}
