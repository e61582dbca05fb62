import type { Redis } from 'ioredis';
import type { KeySpace } from '../key-space.ts';
import { readSignal, type Signal } from './signal.ts';

/** An entry that could not be read is told as such, so that it does not stop those behind it. */
export type SignalEntry = { readonly id: string } & (
  | { readonly signal: Signal }
  | { readonly unreadable: unknown }
);

/** Signals that nobody has passed on yet. Scripts add to it in the step that changes the plan. */
export class SignalStream {
  readonly #redis: Redis;
  readonly #keys: KeySpace;

  constructor(redis: Redis, keys: KeySpace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Oldest first. Reading removes nothing. */
  async read(limit: number): Promise<SignalEntry[]> {
    const entries = await this.#redis.xrange(this.#keys.signals, '-', '+', 'COUNT', limit);
    return entries.map(([id, fields]) => {
      try {
        return { id, signal: readSignal(id, fields) };
      } catch (unreadable) {
        return { id, unreadable };
      }
    });
  }

  length(): Promise<number> {
    return this.#redis.xlen(this.#keys.signals);
  }

  /** Removes a signal that is passed on: every job that it asks for exists. */
  async confirm(id: string): Promise<void> {
    await this.#redis.xdel(this.#keys.signals, id);
  }
}
