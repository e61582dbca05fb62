import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { WORKER_SILENCE_MS } from '../queues/fleet-state.ts';
import type { KeySpace } from '../queues/key-space.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { pause } from './pause.ts';

/** Two beats may fail before a worker counts as gone. */
const BEAT_INTERVAL_MS = WORKER_SILENCE_MS / 3;

/** Says that this worker lives, whatever else it waits for. */
export class Heartbeat implements Service {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #facts: FactBus;
  readonly #name = randomUUID();
  readonly #stopping = new AbortController();
  #looping: Promise<void> | null = null;

  constructor({ redis, keys, facts }: { redis: Redis; keys: KeySpace; facts: FactBus }) {
    this.#redis = redis;
    this.#keys = keys;
    this.#facts = facts;
  }

  async start(): Promise<void> {
    this.#looping ??= this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looping;
    await this.#redis.zrem(this.#keys.workers, this.#name);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#beat().catch((error) => {
        if (!signal.aborted) this.#facts.emit({ type: 'service.failed', service: 'heartbeat', error });
      });
      await pause(BEAT_INTERVAL_MS, signal).catch(() => {});
    }
  }

  async #beat(): Promise<void> {
    const now = Date.now();
    await this.#redis.zadd(this.#keys.workers, now, this.#name);
    await this.#redis.zremrangebyscore(this.#keys.workers, '-inf', now - WORKER_SILENCE_MS);
  }
}
