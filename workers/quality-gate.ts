import type { AttemptGate } from '../queues/attempt-gate.ts';
import { withDeadline } from '../src/databricks/deadline.ts';
import type { Warehouse } from '../src/databricks/warehouse.ts';
import { BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { withOwnSignal } from '../src/lifecycle/own-signal.ts';
import { type CheckedDays, CheckNotRun, QualityCheck } from '../src/quality/quality-check.ts';
import { isRefusedStatement } from '../src/quality/quality-preparation.ts';
import type { QualityReport, QualitySettings } from '../src/quality/quality-settings.ts';
import type { TableNames } from '../src/tables/table-names.ts';
import { type AttemptContext, factOf } from './attempt-context.ts';
import type { AttemptSignals } from './attempt-signals.ts';
import { pause } from './pause.ts';

/** A run shall not wait for a warehouse that sleeps only to know how many rows there were before. */
const COUNT_PATIENCE_MS = 10_000;
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** A statement that is refused so often in a row is wrong; a warehouse in trouble may refuse a good one. */
const MAX_REFUSALS = 3;

/**
 * Between the success of a run and the end of its date: checks what the run has written. The attempt is held
 * meanwhile. Nothing of a check is kept before the date ends, so whoever takes the date over checks again.
 */
export class QualityGate {
  readonly #warehouse: Warehouse;
  readonly #names: TableNames;
  readonly #facts: FactBus;

  constructor(parts: { warehouse: Warehouse; tables: TableNames; facts: FactBus }) {
    this.#warehouse = parts.warehouse;
    this.#names = parts.tables;
    this.#facts = parts.facts;
  }

  /**
   * Counts the rows of the date before its run, if its job is checked and no run may exist yet. A warehouse
   * that does not answer soon leaves them unknown.
   * @throws AttemptLost, or the signal's reason when aborted
   */
  async countBefore(context: AttemptContext, gate: AttemptGate, signal: AbortSignal): Promise<void> {
    const { quality } = context.backfill.run_settings;
    const { record, takenOver } = context;
    if (quality === null || takenOver || record.refused || record.submission > 1) return;
    let rows: number;
    try {
      rows = await withDeadline({ deadlineMs: COUNT_PATIENCE_MS, signal }, (stop) =>
        this.#check(quality).countRows(daysOf(context), { signal: stop }),
      );
    } catch (thrown) {
      signal.throwIfAborted();
      this.#facts.emit({ type: 'quality.uncounted', ...factOf(context), error: toBackfillError(thrown) });
      return;
    }
    await gate.noteRows(rows);
    record.rows_before = rows;
  }

  /**
   * What the checks of the job say of the date; null if it has none, `cancelled` if its backfill was cancelled
   * before they could be run. A warehouse that sleeps or fails is waited for as long as it takes.
   * @throws the signal's reason when aborted
   */
  async check(
    context: AttemptContext,
    { signal, cancelled }: AttemptSignals,
  ): Promise<QualityReport | 'cancelled' | null> {
    const { quality } = context.backfill.run_settings;
    if (quality === null) return null;
    return withOwnSignal([signal, cancelled], (either) =>
      this.#checkUntil(either, quality, context, { signal, cancelled }),
    );
  }

  async #checkUntil(
    either: AbortSignal,
    quality: QualitySettings,
    context: AttemptContext,
    { signal, cancelled }: AttemptSignals,
  ): Promise<QualityReport | 'cancelled'> {
    for (let failures = 1, refusals = 0; ; failures += 1) {
      try {
        const rowsBefore = context.record.rows_before ?? null;
        return await this.#check(quality).run(daysOf(context), rowsBefore, { signal: either });
      } catch (thrown) {
        signal.throwIfAborted();
        if (cancelled.aborted) return 'cancelled';
        const error = errorOf(thrown);
        // A fault of ours, such as an answer nobody foresaw, would not mend by itself either.
        refusals = error.code === 'internal_error' || isRefusedStatement(error) ? refusals + 1 : 0;
        if (refusals === MAX_REFUSALS) return invalidReport(context, thrown);
        const delayMs = error.retryAfterMs ?? Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** (failures - 1));
        this.#facts.emit({ type: 'quality.postponed', ...factOf(context), error, retry_in_ms: delayMs });
        await pause(delayMs, either).catch(() => signal.throwIfAborted());
      }
    }
  }

  #check(settings: QualitySettings): QualityCheck {
    return new QualityCheck(this.#warehouse, this.#names, settings);
  }
}

function daysOf({ positionDate, record }: AttemptContext): CheckedDays {
  return { positionDate, positionEndDate: record.position_end_date ?? positionDate };
}

/** What is no failure of a statement is a fault of ours, which trying again would not mend. */
function errorOf(thrown: unknown): BackfillError {
  if (thrown instanceof CheckNotRun && thrown.cause instanceof BackfillError) return thrown.cause;
  throw thrown;
}

function invalidReport({ record }: AttemptContext, thrown: unknown): QualityReport {
  const { check, message } = thrown as CheckNotRun;
  return {
    rows_before: record.rows_before ?? null,
    rows_after: null,
    rows_source: null,
    checks: [{ check, problem: `INVALID_RULE: ${message}` }],
  };
}
