import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';

/** What changed in a backfill since an event id, folded: many changes of one date are one. */
export interface ChangeSet {
  /** Id of the last change; the id to resume from. */
  readonly lastId: string;
  /** Positions in the plan of the dates that changed. */
  readonly indexes: ReadonlySet<number>;
  /** True when many dates changed at once or older changes were dropped: only a full look tells everything. */
  readonly incomplete: boolean;
}

/**
 * Tells who watches a backfill that it changed. One subscription a process, however many watch;
 * the changes themselves are read from the backfill's stream, whose ids never repeat.
 */
export class BackfillChanges {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #keys: KeySpace;
  readonly #listeners = new Map<string, Set<() => void>>();
  #subscribed: Promise<unknown> | null = null;

  /** `subscriber` is used for nothing else: a subscribed connection takes no other commands. */
  constructor(redis: Redis, subscriber: Redis, keys: KeySpace) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#keys = keys;
  }

  /** Calls `onChange` after each change until the answered function is called. */
  async watch(id: string, onChange: () => void): Promise<() => void> {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(onChange));
    this.#subscribed ??= this.#subscribe();
    await this.#subscribed;
    return () => {
      listeners.delete(onChange);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }

  /** Id of the latest change, `0-0` before the first. */
  async lastId(id: string): Promise<string> {
    const [latest] = await this.#redis.xrevrange(this.#keys.changes(id), '+', '-', 'COUNT', 1);
    return latest?.[0] ?? '0-0';
  }

  /** What changed after `sinceId`; null when nothing did. */
  async since(id: string, sinceId: string): Promise<ChangeSet | null> {
    const stream = this.#keys.changes(id);
    const entries = await this.#redis.xrange(stream, `(${sinceId}`, '+');
    const last = entries.at(-1);
    if (!last) return null;
    const [oldest] = await this.#redis.xrange(stream, '-', '+', 'COUNT', 1);
    const indexes = new Set<number>();
    let many = false;
    for (const [, [field, value]] of entries) {
      if (field === 'index') indexes.add(Number(value));
      if (field === 'dates') many = true;
    }
    return {
      lastId: last[0],
      indexes,
      incomplete: many || (sinceId !== '0-0' && isBefore(sinceId, oldest?.[0] ?? sinceId)),
    };
  }

  #subscribe(): Promise<unknown> {
    this.#subscriber.on('message', (_channel: string, id: string) => {
      for (const onChange of this.#listeners.get(id) ?? []) onChange();
    });
    return this.#subscriber.subscribe(this.#keys.changed);
  }
}

/** Compares stream ids, `milliseconds-sequence`. */
function isBefore(one: string, other: string): boolean {
  const [oneMs = 0, oneSequence = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number);
  return oneMs < otherMs || (oneMs === otherMs && oneSequence < otherSequence);
}
