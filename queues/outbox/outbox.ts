import type { Redis } from 'ioredis';
import type { KeySpace } from '../key-space.ts';
import { confirmLogged } from '../scripts/confirm-logged.ts';
import { type LogEvent, readLogEvent } from './log-event.ts';

/** Log events that no statement has confirmed yet. Scripts add to it in the step that changes the plan. */
export class Outbox {
  readonly #redis: Redis;
  readonly #keys: KeySpace;

  constructor(redis: Redis, keys: KeySpace) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Oldest first. Reading removes nothing. */
  async read(limit: number): Promise<LogEvent[]> {
    const entries = await this.#redis.xrange(this.#keys.outbox, '-', '+', 'COUNT', limit);
    return entries.map(([id, fields]) => readLogEvent(id, fields));
  }

  async *readAll(): AsyncGenerator<LogEvent> {
    let from = '-';
    for (;;) {
      const entries = await this.#redis.xrange(this.#keys.outbox, from, '+', 'COUNT', 1_000);
      for (const [id, fields] of entries) yield readLogEvent(id, fields);
      const last = entries.at(-1);
      if (!last || entries.length < 1_000) return;
      from = `(${last[0]}`;
    }
  }

  length(): Promise<number> {
    return this.#redis.xlen(this.#keys.outbox);
  }

  /** Removes events whose statement is confirmed. */
  async confirm(events: readonly LogEvent[]): Promise<void> {
    if (events.length === 0) return;
    await confirmLogged.run(this.#redis, this.#keys.prefix, {
      entries: events.map(({ id, backfillId }) => ({ id, backfill_id: backfillId })),
    });
  }
}
