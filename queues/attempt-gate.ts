import type { Redis } from 'ioredis';
import type { KeySpace } from './key-space.ts';
import type { FailureCause } from './plan/failure-cause.ts';
import { listed } from './redis/lua-list.ts';
import type { AttemptArguments } from './scripts/attempt-arguments.ts';
import { endAttempt } from './scripts/end-attempt.ts';
import { markDeadline } from './scripts/mark-deadline.ts';
import { noteRows } from './scripts/note-rows.ts';
import { type GateAnswer, passGate } from './scripts/pass-gate.ts';
import { withdrawStart } from './scripts/pause-backfill.ts';
import { recordRun } from './scripts/record-run.ts';
import { acceptProbe, askToProbe, refuseRun } from './scripts/refusals.ts';

/** This process no longer holds the attempt: another has it, or the date ended. Nothing more may be written. */
export class AttemptLost extends Error {
  constructor(attemptId: string) {
    super(`Attempt ${attemptId} is in other hands.`);
    this.name = 'AttemptLost';
  }
}

/** How an attempt ended, as the plan and the log shall know it. */
export interface AttemptEnd {
  readonly result: 'succeeded' | 'failed' | 'cancelled';
  readonly failureClass: string | null;
  readonly errorMessage: string | null;
  /** Of a failed attempt. */
  readonly cause?: FailureCause | null;
  readonly runPageUrl: string | null;
  readonly runDurationMs: number | null;
  readonly finishedAt: string;
  /** The terminal row of `backfill_log`, as JSON; null when no run was ever made. */
  readonly row: string | null;
}

/**
 * One attempt in the hands of this process, from the start gate to its end. Every write compares BullMQ's
 * lock in the same atomic step and throws {@link AttemptLost} when it is no longer ours.
 */
export class AttemptGate {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #attempt: AttemptArguments;
  readonly #attemptId: string;

  constructor(redis: Redis, keys: KeySpace, attempt: AttemptArguments, attemptId: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#attempt = attempt;
    this.#attemptId = attemptId;
  }

  pass(): Promise<GateAnswer> {
    return passGate.run(this.#redis, this.#keys.prefix, this.#attempt);
  }

  async recordRun(runId: string, runPageUrl: string | null, row: string): Promise<void> {
    this.#keep(
      await recordRun.run(this.#redis, this.#keys.prefix, {
        ...this.#attempt,
        run_id: runId,
        run_page_url: runPageUrl,
        row,
      }),
    );
  }

  /** Answers the submission to use next. */
  async refuse(refusal: {
    newSubmission: boolean;
    submission: number;
    mayExist: boolean;
    reason: string;
    minDelayMs: number;
    maxDelayMs: number;
  }): Promise<number> {
    const answer = await refuseRun.run(this.#redis, this.#keys.prefix, {
      ...this.#attempt,
      new_submission: refusal.newSubmission,
      submission: refusal.submission,
      may_exist: refusal.mayExist,
      reason: refusal.reason,
      min_delay_ms: refusal.minDelayMs,
      max_delay_ms: refusal.maxDelayMs,
    });
    return this.#keep(answer).submission;
  }

  /**
   * How long to wait before asking again, 0 when this attempt may try now; or what has become of an attempt
   * without a run whose backfill was paused or cancelled.
   */
  async probeDelayMs(): Promise<number | 'withdrawn' | 'cancelled'> {
    const answer = this.#keep(await askToProbe.run(this.#redis, this.#keys.prefix, this.#attempt));
    if (answer.outcome === 'wait') return answer.wait_ms;
    return answer.outcome === 'withdrawn' || answer.outcome === 'cancelled' ? answer.outcome : 0;
  }

  async acceptProbe(): Promise<void> {
    this.#keep(await acceptProbe.run(this.#redis, this.#keys.prefix, this.#attempt));
  }

  async markDeadline(): Promise<void> {
    this.#keep(await markDeadline.run(this.#redis, this.#keys.prefix, this.#attempt));
  }

  async noteRows(rowsBefore: number): Promise<void> {
    const given = { ...this.#attempt, rows_before: rowsBefore };
    this.#keep(await noteRows.run(this.#redis, this.#keys.prefix, given));
  }

  /** Answers the state of the backfill if this was its last date, else null. */
  async end(end: AttemptEnd): Promise<string | null> {
    const answer = await endAttempt.run(this.#redis, this.#keys.prefix, {
      ...this.#attempt,
      result: end.result,
      failure_class: end.failureClass,
      error_message: end.errorMessage,
      cause: end.cause ?? null,
      run_page_url: end.runPageUrl,
      run_duration_ms: end.runDurationMs,
      finished_at: end.finishedAt,
      row: end.row,
    });
    if (answer.outcome === 'lost') throw new AttemptLost(this.#attemptId);
    return answer.backfill_ended;
  }

  /** Gives the date back unstarted and pauses its backfill, if it runs; answers the BullMQ jobs to remove. */
  async withdrawStart(reason: string): Promise<{ paused: boolean; jobsToRemove: readonly string[] }> {
    const answer = await withdrawStart.run(this.#redis, this.#keys.prefix, { ...this.#attempt, reason });
    if (answer.outcome === 'lost') throw new AttemptLost(this.#attemptId);
    return { paused: answer.paused, jobsToRemove: listed(answer.withdrawn) };
  }

  #keep<Answer extends { outcome: string }>(answer: Answer): Answer {
    if (answer.outcome === 'lost') throw new AttemptLost(this.#attemptId);
    return answer;
  }
}
