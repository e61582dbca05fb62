import type { Redis } from 'ioredis';
import type { KeySpace } from '../queues/key-space.ts';
import type { Lease } from '../queues/lease.ts';
import { forgetBackfill } from '../queues/scripts/forget-backfill.ts';
import type { Warehouse } from '../src/databricks/warehouse.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { readEndedBackfills } from '../src/tables/ended-backfills.ts';
import type { TableNames } from '../src/tables/table-names.ts';
import { pause } from './pause.ts';

const DAY_MS = 86_400_000;
const LOOK_INTERVAL_MS = 3_600_000;
const RETRY_INTERVAL_MS = 60_000;
/** Ids of one look at Redis, and of one statement. */
const BATCH = 200;

/** Whoever holds it looks again before it runs out; of one that died another takes over. */
export const RETENTION_LEASE_MS = LOOK_INTERVAL_MS + RETRY_INTERVAL_MS;

export interface RetentionParts {
  readonly redis: Redis;
  readonly keys: KeySpace;
  /** Of {@link RETENTION_LEASE_MS}. */
  readonly lease: Lease;
  readonly warehouse: Warehouse;
  readonly tables: TableNames;
  readonly facts: FactBus;
  readonly retentionDays: number;
}

/**
 * Takes backfills out of Redis that ended more than `retentionDays` ago, once the tables hold all of them.
 * Any number of workers run one of these. The warehouse is asked only when there is something to take out, so
 * that it may sleep.
 */
export class Retention implements Service {
  readonly #parts: RetentionParts;
  #stopping = new AbortController();
  #looping: Promise<void> | null = null;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#looping !== null) return;
    this.#stopping = new AbortController();
    this.#looping = this.#loop(this.#stopping.signal);
  }

  /** A statement under way is not waited for: the step after it is safe at any time. */
  async stop(): Promise<void> {
    if (this.#looping === null) return;
    this.#stopping.abort();
    this.#looping = null;
    await this.#parts.lease.release();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let delayMs = LOOK_INTERVAL_MS;
      try {
        if (await this.#parts.lease.hold()) await this.#look(signal);
      } catch (error) {
        if (signal.aborted) return;
        delayMs = RETRY_INTERVAL_MS;
        this.#parts.facts.emit({ type: 'service.failed', service: 'retention', error });
      }
      await pause(delayMs, signal).catch(() => {});
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { redis, keys, retentionDays } = this.#parts;
    const [seconds] = await redis.time();
    const endedBeforeMs = Number(seconds) * 1000 - retentionDays * DAY_MS;
    const endedBefore = new Date(endedBeforeMs).toISOString();
    for (let from = 0; !signal.aborted; from += BATCH) {
      // What ended that long ago was made before; the list keeps every id, so that places do not shift.
      const ids = await redis.zrangebyscore(keys.backfills, '-inf', endedBeforeMs, 'LIMIT', from, BATCH);
      if (ids.length === 0) return;
      await this.#forget(await this.#due(ids, endedBefore), endedBefore, signal);
    }
  }

  async #due(ids: readonly string[], endedBefore: string): Promise<string[]> {
    const { redis, keys } = this.#parts;
    const ends = await Promise.all(ids.map((id) => redis.hget(keys.backfill(id), 'finished_at')));
    return ids.filter((_, index) => {
      const finishedAt = ends[index];
      return finishedAt !== null && finishedAt !== '' && String(finishedAt) < endedBefore;
    });
  }

  async #forget(ids: readonly string[], endedBefore: string, signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    const { redis, keys, warehouse, tables, facts } = this.#parts;
    const stored = await readEndedBackfills(warehouse, tables, ids);
    const kept: string[] = [];
    let forgotten = 0;
    for (const id of ids) {
      if (signal.aborted) return;
      const inTable = stored.has(id);
      const { outcome } = inTable
        ? await forgetBackfill.run(redis, keys.prefix, { id, ended_before: endedBefore })
        : { outcome: 'kept' };
      if (outcome === 'forgotten') forgotten += 1;
      if (outcome === 'kept') kept.push(id);
    }
    if (forgotten > 0) facts.emit({ type: 'retention.forgotten', backfills: forgotten });
    if (kept.length > 0) facts.emit({ type: 'retention.kept', backfill_ids: kept });
  }
}
