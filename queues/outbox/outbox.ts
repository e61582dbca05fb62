import type { Redis } from 'ioredis';
import type { LogRow } from '../../src/tables/log-row.ts';
import type { KeySpace } from '../key-space.ts';
import { confirmLogged } from '../scripts/confirm-logged.ts';
import { type LogEvent, readLogEvent } from './log-event.ts';

export interface WaitingEvents {
  readonly count: number;
  readonly oldestAgeMs: number;
  readonly oldestKind: LogEvent['kind'];
  readonly newestKind: LogEvent['kind'];
}

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

  /** Rows of attempts that no statement has written yet, of one job or of all, in the order of the events. */
  async attemptRows(jobId?: string): Promise<LogRow[]> {
    const rows: LogRow[] = [];
    for await (const event of this.readAll()) {
      if (event.kind === 'attempt' && (jobId === undefined || event.row.jobId === jobId))
        rows.push(event.row);
    }
    return rows;
  }

  /** What waits, without reading it all; null when nothing does. */
  async waiting(): Promise<WaitingEvents | null> {
    const [oldest] = await this.#redis.xrange(this.#keys.outbox, '-', '+', 'COUNT', 1);
    const [newest] = await this.#redis.xrevrange(this.#keys.outbox, '+', '-', 'COUNT', 1);
    if (!oldest || !newest) return null;
    const [seconds, microseconds] = await this.#redis.time();
    const nowMs = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
    return {
      count: await this.length(),
      oldestAgeMs: nowMs - Number(oldest[0].split('-')[0]),
      oldestKind: readLogEvent(oldest[0], oldest[1]).kind,
      newestKind: readLogEvent(newest[0], newest[1]).kind,
    };
  }

  length(): Promise<number> {
    return this.#redis.xlen(this.#keys.outbox);
  }

  /** Another text after every write to the log tables. */
  async logVersion(): Promise<string> {
    return (await this.#redis.get(this.#keys.logVersion)) ?? '0';
  }

  /** Removes events whose statement is confirmed. */
  async confirm(events: readonly LogEvent[]): Promise<void> {
    if (events.length === 0) return;
    await confirmLogged.run(this.#redis, this.#keys.prefix, {
      entries: events.map(({ id, backfillId, kind }) => ({ id, backfill_id: backfillId, kind })),
    });
  }
}
