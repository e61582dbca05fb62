import type { AttemptGate } from '../queues/attempt-gate.ts';
import { type FailureCause, failureCause } from '../queues/plan/failure-cause.ts';
import type { RunOutput } from '../src/databricks/jobs-api.ts';
import type { Run } from '../src/databricks/run.ts';
import { withTaskError } from '../src/databricks/run-outcome.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { toBackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { withOwnSignal } from '../src/lifecycle/own-signal.ts';
import type { QualityReport } from '../src/quality/quality-settings.ts';
import { NO_TRACING, type Tracing } from '../src/tracing/tracing.ts';
import { type AttemptContext, factOf, logRow } from './attempt-context.ts';
import { type AttemptVerdict, judge, judgeQuality, problemsOf, RUN_DELETED } from './attempt-end.ts';
import type { AttemptSignals } from './attempt-signals.ts';
import { pause } from './pause.ts';
import type { QualityGate } from './quality-gate.ts';
import { cancelWhenAsked } from './run-cancel.ts';
import { enforceDeadline } from './run-deadline.ts';
import type { RunStarter } from './run-starter.ts';
import type { RunWatch } from './run-watch.ts';

const MIN_RETRY_MS = 250;
const MAX_RETRY_MS = 15_000;

/** How an attempt left this process. */
export type AttemptExit =
  | {
      readonly kind: 'ended';
      readonly verdict: AttemptVerdict;
      readonly cause: FailureCause | null;
      readonly backfillEnded: string | null;
    }
  | {
      readonly kind: 'withdrawn';
      readonly reason: string;
      /** Whether this paused the backfill. */
      readonly paused: boolean;
      readonly jobsToRemove: readonly string[];
    };

/** Why a date that waited for a place goes back into the plan. */
const PAUSED = 'The backfill was paused while this date waited for a place.';

/** Takes an attempt from the start gate to its end: start, store, watch, judge, record. */
export class AttemptRunner {
  readonly #client: WorkspaceClient;
  readonly #starter: RunStarter;
  readonly #quality: QualityGate;
  readonly #facts: FactBus;
  readonly #tracing: Tracing;

  constructor(
    client: WorkspaceClient,
    starter: RunStarter,
    quality: QualityGate,
    facts: FactBus,
    tracing: Tracing = NO_TRACING,
  ) {
    this.#tracing = tracing;
    this.#client = client;
    this.#starter = starter;
    this.#quality = quality;
    this.#facts = facts;
  }

  /** @throws AttemptLost, or the signal's reason when aborted; another worker then goes on from the plan. */
  async run(
    context: AttemptContext,
    gate: AttemptGate,
    watch: RunWatch,
    { signal, cancelled }: AttemptSignals,
  ): Promise<AttemptExit> {
    let mayHaveEnded = context.takenOver;
    for (;;) {
      if (context.record.run_id === undefined) {
        await this.#quality.countBefore(context, gate, signal);
        const start = await this.#starter.start(context, gate, { signal, cancelled });
        if (start.kind === 'deleted') return this.#end(context, gate, null, RUN_DELETED);
        if (start.kind === 'impossible') return this.#withdraw(gate, start.reason);
        if (start.kind === 'cancelled') return this.#endUnstarted(context, gate);
        if (start.kind === 'withdrawn') {
          return { kind: 'withdrawn', reason: PAUSED, paused: false, jobsToRemove: [] };
        }
        mayHaveEnded = context.takenOver || start.repeated;
      }
      const run = await this.#untilEnd(context, gate, watch, { mayHaveEnded, signal, cancelled });
      if (run?.outcome?.kind !== 'refused') {
        return this.#finish(context, gate, run, { signal, cancelled });
      }
      await this.#starter.refused(context, gate, `${run.outcome.code}: ${run.outcome.message}`);
    }
  }

  async #untilEnd(
    context: AttemptContext,
    gate: AttemptGate,
    watch: RunWatch,
    options: AttemptSignals & { mayHaveEnded: boolean },
  ): Promise<Run | null> {
    const runId = context.record.run_id ?? '';
    if (context.record.refused) {
      const probe = await this.#probedRun(context, runId, options.signal);
      if (probe === null || probe.outcome?.kind === 'refused') return probe;
      await gate.acceptProbe();
      delete context.record.refused;
    }
    return withOwnSignal([options.signal], (signal) => {
      const parts = { context, client: this.#client, facts: this.#facts, signal };
      const deadline = enforceDeadline({ ...parts, gate });
      const cancel = cancelWhenAsked({ ...parts, cancelled: options.cancelled });
      // Deadline and cancel settle only by failing: as long as they keep to themselves, the watch decides.
      return this.#tracing.span('watch', { attributes: { run_id: runId } }, () =>
        Promise.race([watch.ended(runId, { ...options, signal }), deadline, cancel]),
      );
    });
  }

  /** The run that a probe returned, or null when it was deleted: that is an end, and must not close the gate for ever. */
  async #probedRun(context: AttemptContext, runId: string, signal: AbortSignal): Promise<Run | null> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.#client.jobs.getRun(runId, { signal });
      } catch (thrown) {
        signal.throwIfAborted();
        const error = toBackfillError(thrown);
        if (error.code === 'workspace_not_found') return null;
        const delayMs = error.retryAfterMs ?? Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** failures);
        const jobId = context.backfill.job_id;
        this.#facts.emit({ type: 'watch.failed', job_id: jobId, error, retry_in_ms: delayMs });
        await pause(delayMs, signal);
      }
    }
  }

  async #finish(
    context: AttemptContext,
    gate: AttemptGate,
    run: Run | null,
    signals: AttemptSignals,
  ): Promise<AttemptExit> {
    if (!run?.outcome || run.outcome.kind === 'refused') return this.#end(context, gate, run, RUN_DELETED);
    const output = run.outcome.kind === 'failed' ? await this.#taskOutput(run, signals.signal) : null;
    const outcome = withTaskError(run.outcome, output?.error ?? null);
    if (outcome.kind === 'refused') throw new Error('A failure became a refusal.');
    const verdict = judge(outcome, {
      successWithFailures: context.backfill.run_settings.success_with_failures,
      deadlinePassed: context.record.deadline_passed === true,
    });
    if (verdict.result !== 'succeeded') return this.#end(context, gate, run, verdict, { output });
    const report = await this.#quality.check(context, signals);
    if (report === null) return this.#end(context, gate, run, verdict);
    const checked = judgeQuality(verdict, report);
    return this.#end(context, gate, run, checked, { quality: report === 'cancelled' ? null : report });
  }

  /** The failed task's own words; without them the run's message has to do. */
  async #taskOutput(run: Run, signal: AbortSignal): Promise<RunOutput | null> {
    try {
      const { tasks } = await this.#client.jobs.getRun(run.runId, { signal });
      const failed = tasks.find((task) => task.failed) ?? tasks[0];
      if (!failed) return null;
      return await this.#client.jobs.getRunOutput(failed.runId, { signal });
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  async #end(
    context: AttemptContext,
    gate: AttemptGate,
    run: Run | null,
    verdict: AttemptVerdict,
    { quality = null, output = null }: { quality?: QualityReport | null; output?: RunOutput | null } = {},
  ): Promise<AttemptExit> {
    const startedMs = Date.parse(context.record.started_at);
    // An end before the start could only come from clocks that differ.
    const finishedAt = new Date(Math.max(startedMs, run?.endTimeMs ?? Date.now())).toISOString();
    const pageUrl = run?.runPageUrl ?? context.record.run_page_url ?? null;
    const runId = run?.runId ?? context.record.run_id ?? null;
    const row = logRow(context, {
      status: verdict.status,
      runId,
      runPageUrl: pageUrl,
      endTime: finishedAt,
      errorMessage: verdict.errorMessage,
      quality,
    });
    const cause =
      verdict.code === null ? null : failureCause({ code: verdict.code, message: wordsOf(run), output });
    const backfillEnded = await gate.end({
      result: verdict.result,
      failureClass: verdict.failureClass,
      errorMessage: verdict.errorMessage,
      cause,
      runPageUrl: pageUrl,
      runDurationMs: run?.runDurationMs ?? null,
      finishedAt,
      row: JSON.stringify(row),
    });
    if (quality !== null) {
      this.#facts.emit({ type: 'quality.checked', ...factOf(context), problems: problemsOf(quality) });
    }
    this.#facts.emit({
      type: 'attempt.ended',
      ...factOf(context),
      run_id: runId,
      result: verdict.result,
      failure_class: verdict.failureClass,
      error_message: verdict.errorMessage,
      duration_ms: Date.parse(finishedAt) - startedMs,
    });
    return { kind: 'ended', verdict, cause, backfillEnded };
  }

  /** The backfill was cancelled while this date waited to try again: its runs, if any, were all refused. */
  async #endUnstarted(context: AttemptContext, gate: AttemptGate): Promise<AttemptExit> {
    const finishedAt = new Date().toISOString();
    const verdict = {
      result: 'cancelled',
      status: 'CANCELLED',
      failureClass: null,
      errorMessage: null,
      code: null,
    } as const;
    // A run that was refused has its STARTED row, which must end; without one there is no row.
    const row =
      context.record.submission === 1
        ? null
        : logRow(context, {
            status: verdict.status,
            runId: null,
            runPageUrl: null,
            endTime: finishedAt,
            errorMessage: null,
          });
    const backfillEnded = await gate.end({
      ...verdict,
      runPageUrl: null,
      runDurationMs: null,
      finishedAt,
      row: row && JSON.stringify(row),
    });
    return { kind: 'ended', verdict, cause: null, backfillEnded };
  }

  async #withdraw(gate: AttemptGate, reason: string): Promise<AttemptExit> {
    return { kind: 'withdrawn', reason, ...(await gate.withdrawStart(reason)) };
  }
}

/** What the run itself says of its end; a warning stands for a success that the job counts as a failure. */
function wordsOf(run: Run | null): string | null {
  if (!run?.outcome) return null;
  return run.outcome.kind === 'succeeded' ? run.outcome.warning : run.outcome.message;
}
