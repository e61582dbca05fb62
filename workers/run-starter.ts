import type { AttemptGate } from '../queues/attempt-gate.ts';
import { attemptId, idempotencyToken } from '../queues/plan/attempt-id.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { withOwnSignal } from '../src/lifecycle/own-signal.ts';
import { NO_TRACING, type Tracing } from '../src/tracing/tracing.ts';
import { type AttemptContext, factOf, logRow, runPageUrl, runParameters } from './attempt-context.ts';
import type { AttemptSignals } from './attempt-signals.ts';
import { findLostRun } from './lost-run.ts';
import { pause } from './pause.ts';

const MIN_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;
/** A date that probes is the only one that asks and keeps the gate closed, so it does not wait that long. */
const MAX_PROBE_RETRY_MS = 4_000;
/** The turn to probe may come sooner than was said: the limit rises, or the date before ends. */
const MAX_TURN_INTERVAL_MS = 1_000;
/** A run was refused for want of a place, and places come free with every run that ends. */
const MIN_PROBE_DELAY_MS = 250;
/** A workspace that throttles without saying for how long; Databricks' own clients wait as long. */
const MIN_THROTTLED_DELAY_MS = 1_000;
const MAX_PROBE_DELAY_MS = 60_000;

/**
 * - `started`: the run exists and its id is stored; `repeated` when an earlier post may have made it.
 * - `deleted`: the token's run was deleted at Databricks.
 * - `impossible`: Databricks refuses this start for good; a person must change something.
 */
export type Start =
  | { readonly kind: 'started'; readonly repeated: boolean }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'impossible'; readonly reason: string }
  /** The backfill was cancelled, or paused, while no run of this attempt existed; then its date is pending again. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'withdrawn' };

/** Starts the run of an attempt: however often and by whomever it is called, at most one run exists. */
export class RunStarter {
  readonly #client: WorkspaceClient;
  readonly #facts: FactBus;
  readonly #tracing: Tracing;

  constructor(client: WorkspaceClient, facts: FactBus, tracing: Tracing = NO_TRACING) {
    this.#tracing = tracing;
    this.#client = client;
    this.#facts = facts;
  }

  /** @throws AttemptLost, or the signal's reason when aborted; then the next holder posts the same token. */
  async start(context: AttemptContext, gate: AttemptGate, signals: AttemptSignals): Promise<Start> {
    const { signal } = signals;
    let mayExist = mayHaveRun(context);
    for (let failures = 0; ; ) {
      if (context.record.refused) {
        const turn = await this.#awaitProbe(context, gate, signals, mayExist);
        if (turn !== 'probe') return { kind: turn };
      }
      try {
        const runId = await this.#tracing.span('run-now', {}, () => this.#post(context, signal));
        await this.#record(context, gate, runId);
        return { kind: 'started', repeated: failures > 0 };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof BackfillError)) throw error;
        // A refusal has a delay of its own, and everybody waits for the date that probes.
        const throttled = error.code === 'workspace_throttled';
        failures = throttled ? 0 : failures + 1;
        mayExist ||= error.retryable && !throttled;
        const end = await this.#afterFailure(error, { failures, mayExist }, context, gate, signal);
        if (end) return end;
      }
    }
  }

  /** The run was made and refused: its token is spent, the slot is kept, the gate closes. */
  async refused(context: AttemptContext, gate: AttemptGate, reason: string): Promise<void> {
    const refusal = { newSubmission: true, mayExist: false, reason, minDelayMs: MIN_PROBE_DELAY_MS };
    await this.#refuse(context, gate, refusal);
  }

  async #post(context: AttemptContext, signal: AbortSignal): Promise<string> {
    const { backfill, positionDate, record } = context;
    const parameters = runParameters(context);
    const { runId } = await this.#client.jobs.runNow(
      {
        jobId: backfill.job_id,
        ...(backfill.run_settings.parameter_style === 'job_parameters'
          ? { jobParameters: parameters }
          : { notebookParams: parameters }),
        idempotencyToken: idempotencyToken({
          host: this.#client.host,
          jobId: backfill.job_id,
          attemptId: attemptId(backfill.id, positionDate, record.attempt),
          submission: record.submission,
        }),
      },
      { signal },
    );
    return runId;
  }

  async #record(context: AttemptContext, gate: AttemptGate, runId: string): Promise<void> {
    const pageUrl = runPageUrl(this.#client.host, context.backfill.job_id, runId);
    const row = logRow(context, {
      status: 'STARTED',
      runId,
      runPageUrl: pageUrl,
      endTime: null,
      errorMessage: null,
    });
    await gate.recordRun(runId, pageUrl, JSON.stringify(row));
    context.record.run_id = runId;
    context.record.run_page_url = pageUrl;
    this.#facts.emit({ type: 'run.started', ...factOf(context), run_id: runId });
  }

  async #afterFailure(
    error: BackfillError,
    { failures, mayExist }: { failures: number; mayExist: boolean },
    context: AttemptContext,
    gate: AttemptGate,
    signal: AbortSignal,
  ): Promise<Start | null> {
    if (error.details.reason === 'run_deleted') return { kind: 'deleted' };
    if (error.code === 'workspace_throttled') {
      const minDelayMs = Math.max(MIN_THROTTLED_DELAY_MS, error.retryAfterMs ?? 0);
      await this.#refuse(context, gate, {
        newSubmission: false,
        mayExist,
        reason: error.message,
        minDelayMs,
      });
      return null;
    }
    // A rejected token is replaced by a person while we wait; the run may exist already.
    if (!error.retryable && error.code !== 'workspace_unauthenticated') {
      const runId = mayExist ? await this.#lostRun(context, signal) : null;
      if (runId === null) return { kind: 'impossible', reason: error.message };
      if (runId !== 'unknown') {
        await this.#record(context, gate, runId);
        return { kind: 'started', repeated: true };
      }
    }
    const maxMs = context.record.refused ? MAX_PROBE_RETRY_MS : MAX_RETRY_MS;
    const backoffMs = Math.min(maxMs, MIN_RETRY_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
    const delayMs = Math.max(backoffMs, error.retryAfterMs ?? 0);
    this.#facts.emit({
      type: 'run.start_failed',
      ...factOf(context),
      error,
      retry_in_ms: Math.round(delayMs),
    });
    await pause(delayMs, signal);
    return null;
  }

  /** The run that a post with a lost answer has made; `unknown` while Databricks does not say. */
  async #lostRun(context: AttemptContext, signal: AbortSignal): Promise<string | 'unknown' | null> {
    try {
      return await findLostRun(context, this.#client, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const gone = thrown instanceof BackfillError && thrown.code === 'workspace_not_found';
      return gone ? null : 'unknown';
    }
  }

  async #refuse(
    context: AttemptContext,
    gate: AttemptGate,
    refusal: { newSubmission: boolean; mayExist: boolean; reason: string; minDelayMs: number },
  ): Promise<void> {
    this.#facts.emit({ type: 'run.refused', ...factOf(context), reason: refusal.reason });
    const { submission } = context.record;
    context.record.submission = await gate.refuse({
      ...refusal,
      submission,
      maxDelayMs: MAX_PROBE_DELAY_MS,
    });
    context.record.refused = true;
    delete context.record.probing;
    if (refusal.newSubmission) delete context.record.run_id;
  }

  /**
   * Waits for this attempt's turn to try again, unless its backfill is cancelled or paused before. Once it may
   * have tried, a run may exist, and only its token can tell: then neither keeps it from asking.
   */
  async #awaitProbe(
    context: AttemptContext,
    gate: AttemptGate,
    { signal, cancelled }: AttemptSignals,
    mayExist: boolean,
  ): Promise<'probe' | 'cancelled' | 'withdrawn'> {
    if (context.record.probing) return 'probe';
    const sources = mayExist ? [signal] : [signal, cancelled];
    return withOwnSignal(sources, async (awake) => {
      for (;;) {
        if (cancelled.aborted && !mayExist) return 'cancelled';
        const delayMs = await gate.probeDelayMs();
        if (typeof delayMs === 'string') return delayMs;
        if (delayMs === 0) break;
        const intervalMs = Math.min(delayMs, MAX_TURN_INTERVAL_MS);
        await pause(intervalMs, awake).catch(() => signal.throwIfAborted());
      }
      context.record.probing = true;
      return 'probe';
    });
  }
}

/** Whether an earlier holder or post may have made the run that is to be started. */
function mayHaveRun({ record, takenOver }: AttemptContext): boolean {
  if (record.refused) return record.may_exist === true || record.probing === true;
  return takenOver;
}
