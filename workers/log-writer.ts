import { setTimeout } from 'node:timers/promises';
import type { Lease } from '../queues/lease.ts';
import type { LogEvent } from '../queues/outbox/log-event.ts';
import type { Outbox } from '../queues/outbox/outbox.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import type { Warehouse } from '../src/databricks/warehouse.ts';
import { type BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { upsertBackfillRows } from '../src/tables/backfill-upsert.ts';
import { upsertLogRows } from '../src/tables/log-upsert.ts';
import { assertTablesReady } from '../src/tables/migration.ts';
import type { TableNames } from '../src/tables/table-names.ts';
import type { Tracing } from '../src/tracing/tracing.ts';
import { backfillRow, cancelledRows, skippedRows } from './log-rows.ts';
import { pause } from './pause.ts';
import type { StartStop } from './start-stop.ts';

const LOOK_INTERVAL_MS = 500;
const BATCH_EVENTS = 2_000;
const MAX_BACKOFF_MS = 30_000;
const STOP_PATIENCE_MS = 2_000;

const UNFIT_CODES: readonly string[] = ['tables_outdated', 'tables_missing'];

export interface LogWriterParts {
  readonly outbox: Outbox;
  readonly plans: PlanReader;
  /**
   * Must outlast a statement: whoever holds it is the only writer. Given up when everything is confirmed;
   * a writer that dies in the middle of a statement keeps the others waiting until it expires.
   */
  readonly lease: Lease;
  readonly warehouse: Warehouse;
  readonly tables: TableNames;
  /** Used while the tables are such that a person must act first. */
  readonly starts: StartStop;
  readonly facts: FactBus;
  readonly tracing?: Tracing;
  readonly flushIntervalMs: number;
}

/**
 * Writes the outbox to the log tables, one MERGE for many events. Any number of workers run one of these;
 * the lease lets one write. A batch that comes twice changes nothing, so an event leaves the outbox only
 * after its statement is confirmed.
 */
export class LogWriter implements Service {
  readonly #parts: LogWriterParts;
  #stopping = new AbortController();
  #looping: Promise<void> | null = null;
  #tablesReady = false;
  /** What the tables were found to lack at the last try. */
  #unfit: BackfillError | null = null;

  constructor(parts: LogWriterParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#looping !== null) return;
    this.#stopping = new AbortController();
    this.#looping = this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const ended = this.#looping?.then(() => true);
    this.#looping = null;
    // A statement that still runs keeps the lease until it expires, so that no second writer overtakes it.
    if (ended && (await Promise.race([ended, setTimeout(STOP_PATIENCE_MS, false, { ref: false })]))) {
      await this.#parts.lease.release();
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      let delayMs: number;
      try {
        delayMs = await this.#untilTimeMs();
        if (delayMs === 0) {
          await this.#writeAll(signal);
          delayMs = LOOK_INTERVAL_MS;
        }
        failures = 0;
        this.#unfit = null;
      } catch (thrown) {
        if (signal.aborted) return;
        failures += 1;
        const error = toBackfillError(thrown);
        this.#unfit = UNFIT_CODES.includes(error.code) ? error : null;
        delayMs = error.retryAfterMs ?? Math.min(MAX_BACKOFF_MS, LOOK_INTERVAL_MS * 2 ** failures);
        await this.#tellPostponed(error, delayMs);
      }
      await this.#rest(delayMs, signal);
    }
  }

  /**
   * A worker may have started while the warehouse slept, so that nobody knew of the tables' age. Until a
   * person has run setup and resumed them, no backfill goes on, nor one that comes in between.
   */
  async #rest(delayMs: number, signal: AbortSignal): Promise<void> {
    const unfit = this.#unfit;
    if (unfit === null) return pause(delayMs, signal).catch(() => {});
    const nextMs = performance.now() + delayMs;
    do {
      await this.#parts.starts.pauseAll(reasonOf(unfit)).catch(() => {});
      await pause(LOOK_INTERVAL_MS, signal).catch(() => {});
    } while (!signal.aborted && performance.now() < nextMs);
  }

  /**
   * Until the oldest event has waited long enough, but not longer than until the next look; 0 also when nothing
   * more is to be expected at the moment, and when a new backfill waits for its row, which its recovery needs.
   */
  async #untilTimeMs(): Promise<number> {
    const waiting = await this.#parts.outbox.waiting();
    if (waiting === null) return LOOK_INTERVAL_MS;
    const { count, oldestAgeMs, oldestKind, newestKind } = waiting;
    if (oldestKind === 'backfill' || newestKind === 'backfill' || count >= BATCH_EVENTS) return 0;
    const leftMs = this.#parts.flushIntervalMs - oldestAgeMs;
    return Math.min(LOOK_INTERVAL_MS, Math.max(0, leftMs));
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    const { lease, outbox } = this.#parts;
    for (let full = true; full && !signal.aborted; ) {
      if (!(await lease.hold())) return;
      const events = await outbox.read(BATCH_EVENTS);
      if (events.length > 0) await this.#write(events, signal);
      full = events.length === BATCH_EVENTS;
    }
    // Not after a failure: a statement whose answer was lost may still run, and must not meet another's.
    await lease.release();
  }

  async #write(events: readonly LogEvent[], signal: AbortSignal): Promise<void> {
    const { outbox, warehouse, tables, facts } = this.#parts;
    const startedMs = Date.now();
    if (!this.#tablesReady) await assertTablesReady(warehouse, tables);
    this.#tablesReady = true;
    const rows = (await Promise.all(events.map((event) => this.#logRows(event)))).flat();
    await upsertLogRows(warehouse, tables, rows);
    signal.throwIfAborted();
    // The lease may have run out during a slow statement; another writer may be at work.
    if (!(await this.#parts.lease.hold())) return;
    const ids = new Set(events.filter(({ kind }) => kind === 'backfill').map(({ backfillId }) => backfillId));
    const backfills = await Promise.all([...ids].map((id) => backfillRow(this.#parts.plans, id)));
    const found = backfills.filter((row) => row !== null);
    await upsertBackfillRows(warehouse, tables, found);
    await this.#trace(events, startedMs);
    await outbox.confirm(events);
    facts.emit({
      type: 'log.written',
      rows: rows.length,
      backfills: found.length,
      duration_ms: Date.now() - startedMs,
    });
  }

  /** One span in the trace of each backfill whose rows were written. */
  async #trace(events: readonly LogEvent[], startedMs: number): Promise<void> {
    const { tracing, plans } = this.#parts;
    if (tracing?.bullmq === undefined) return;
    for (const id of new Set(events.map(({ backfillId }) => backfillId))) {
      const traceparent = (await plans.record(id))?.traceparent;
      const count = events.filter(({ backfillId }) => backfillId === id).length;
      if (traceparent !== undefined) tracing.record('write log', traceparent, startedMs, { events: count });
    }
  }

  async #logRows(event: LogEvent) {
    switch (event.kind) {
      case 'attempt':
        return [event.row];
      case 'skipped':
        return skippedRows(this.#parts.plans, event.backfillId, event.skipped);
      case 'cancelled':
        return cancelledRows(this.#parts.plans, event.backfillId, event.cancelled);
      case 'backfill':
        return [];
    }
  }

  async #tellPostponed(error: unknown, retryInMs: number): Promise<void> {
    const waiting = await this.#parts.outbox.length().catch(() => 0);
    this.#parts.facts.emit({ type: 'log.postponed', error, waiting, retry_in_ms: retryInMs });
  }
}

function reasonOf({ message }: BackfillError): string {
  return `${message} Then resume this backfill: until then no date of it starts.`;
}
