import { type Job, WaitingError } from 'bullmq';
import type { Redis } from 'ioredis';
import { AttemptGate, AttemptLost } from '../queues/attempt-gate.ts';
import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { KeySpace } from '../queues/key-space.ts';
import { type DateJob, DateJobSchema } from '../queues/payloads/date-job.ts';
import { failedDateJob } from '../queues/payloads/failed-date-job.ts';
import { attemptId } from '../queues/plan/attempt-id.ts';
import type { AttemptRecord } from '../queues/plan/attempt-record.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import type { AttemptFact } from '../src/facts/fact.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Tracing } from '../src/tracing/tracing.ts';
import type { AttemptContext } from './attempt-context.ts';
import type { AttemptExit, AttemptRunner } from './attempt-runner.ts';
import type { CancelWatch } from './cancel-watch.ts';
import { pause } from './pause.ts';
import type { RunWatch } from './run-watch.ts';

/** What a date's BullMQ job returns, for people who look at it. */
export interface DateJobResult {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'withdrawn' | 'over' | 'lost';
  readonly run_id?: string | undefined;
  readonly run_page_url?: string | undefined;
  readonly error_message?: string | undefined;
}

export interface DateProcessorParts {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly jobId: string;
  readonly jobName: string;
  readonly plans: PlanReader;
  readonly queues: BackfillQueues;
  readonly dispatcher: Dispatcher;
  readonly runner: AttemptRunner;
  readonly watch: RunWatch;
  readonly cancels: CancelWatch;
  readonly facts: FactBus;
  readonly tracing: Tracing;
  /** Aborted when this worker stops and its dates go to others. */
  readonly handover: AbortSignal;
}

const INTERRUPTED_DELAY_MS = 1_000;

/** Works on the BullMQ jobs of one target job. The plan decides; BullMQ only brings the date here. */
export class DateProcessor {
  readonly #parts: DateProcessorParts;
  readonly #calls = new Map<string, Promise<unknown>>();

  constructor(parts: DateProcessorParts) {
    this.#parts = parts;
  }

  /** Dates in the hands of this process. */
  get held(): number {
    return this.#calls.size;
  }

  /**
   * The same process may get a date again after it lost it; the old call must have returned first.
   * `lockLost` is aborted when BullMQ could not renew the lock.
   */
  async process(job: Job<DateJob>, token: string, lockLost: AbortSignal): Promise<DateJobResult> {
    const id = job.id ?? '';
    const before = this.#calls.get(id);
    const call = Promise.allSettled([before]).then(() => this.#process(job, token, lockLost));
    this.#calls.set(id, call);
    try {
      return await call;
    } finally {
      if (this.#calls.get(id) === call) this.#calls.delete(id);
    }
  }

  async #process(job: Job<DateJob>, token: string, lockLost: AbortSignal): Promise<DateJobResult> {
    const date = DateJobSchema.parse(job.data);
    const fact: AttemptFact = {
      backfill_id: date.backfill_id,
      position_date: date.position_date,
      attempt: date.attempt,
    };
    const signal = AbortSignal.any([lockLost, this.#parts.handover]);
    try {
      signal.throwIfAborted();
      return await this.#throughGate(job, token, date, fact, signal);
    } catch (error) {
      if (error instanceof WaitingError) throw error;
      if (error instanceof AttemptLost || lockLost.aborted) {
        this.#parts.facts.emit({ type: 'attempt.lost', ...fact });
        return { outcome: 'lost' };
      }
      if (this.#parts.handover.aborted) {
        this.#parts.facts.emit({ type: 'attempt.handed_over', ...fact });
      } else {
        // Redis or our own fault: the run, if any, lives; whoever takes the date next goes on with it.
        this.#parts.facts.emit({ type: 'attempt.interrupted', ...fact, error });
        await pause(INTERRUPTED_DELAY_MS, signal).catch(() => {});
      }
      return await this.#giveBack(job, token);
    }
  }

  async #throughGate(
    job: Job<DateJob>,
    token: string,
    date: DateJob,
    fact: AttemptFact,
    signal: AbortSignal,
  ): Promise<DateJobResult> {
    const { redis, keys, jobId, facts } = this.#parts;
    const lock = { ...fact, job_id: jobId, token };
    const gate = new AttemptGate(
      redis,
      keys,
      lock,
      attemptId(fact.backfill_id, fact.position_date, fact.attempt),
    );
    const answer = await gate.pass();
    switch (answer.outcome) {
      case 'started':
        facts.emit({
          type: 'attempt.started',
          ...fact,
          job: this.#parts.jobName,
          waited_ms: Math.max(0, Date.now() - job.timestamp),
        });
        return this.#run(gate, date, { record: answer.record, takenOver: false }, signal);
      case 'reattached':
        facts.emit({ type: 'attempt.reattached', ...fact, run_id: answer.record.run_id ?? null });
        return this.#run(gate, date, { record: answer.record, takenOver: true }, signal);
      case 'full':
        // Its place in the order is kept; the queue's concurrency now keeps it waiting.
        await job.moveToWait(token);
        throw new WaitingError();
      case 'undecided':
        await this.#announceFailure(date, answer.record);
        return { outcome: 'failed' };
      case 'withdrawn':
      case 'over':
        return { outcome: answer.outcome };
      case 'lost':
        throw new AttemptLost(job.id ?? '');
    }
  }

  async #run(
    gate: AttemptGate,
    date: DateJob,
    { record, takenOver }: Pick<AttemptContext, 'record' | 'takenOver'>,
    signal: AbortSignal,
  ): Promise<DateJobResult> {
    const { plans, runner, watch, tracing } = this.#parts;
    const context: AttemptContext = {
      backfill: await plans.requireRecord(date.backfill_id),
      positionDate: date.position_date,
      record: { ...record },
      takenOver,
    };
    const { cancelled, release } = this.#parts.cancels.watch(date.backfill_id);
    try {
      const { backfill_id, position_date, attempt } = date;
      const span = {
        attributes: { backfill_id, position_date, attempt },
        parent: context.backfill.traceparent,
      };
      const exit = await tracing.span('attempt', span, () =>
        runner.run(context, gate, watch, { signal, cancelled }),
      );
      return await this.#conclude(date, context, exit);
    } finally {
      release();
    }
  }

  /** Plan and outbox are written; now tell whoever goes on from here, and let BullMQ complete the job last. */
  async #conclude(date: DateJob, context: AttemptContext, exit: AttemptExit): Promise<DateJobResult> {
    const { facts, jobId, queues, dispatcher } = this.#parts;
    const { run_id, run_page_url } = context.record;
    if (exit.kind === 'withdrawn') {
      const fact = {
        backfill_id: date.backfill_id,
        position_date: date.position_date,
        attempt: date.attempt,
      };
      facts.emit({ type: 'attempt.withdrawn', ...fact, reason: exit.reason });
      if (exit.paused) {
        facts.emit({ type: 'backfill.paused', backfill_id: date.backfill_id, reason: exit.reason });
      }
      await queues.removeDates(jobId, exit.jobsToRemove);
      return { outcome: 'withdrawn', error_message: exit.reason };
    }
    const { verdict } = exit;
    if (verdict.result === 'failed') {
      await this.#announceFailure(date, {
        ...context.record,
        failure_class: verdict.failureClass ?? 'platform',
        error_message: verdict.errorMessage ?? '',
        ...(exit.cause && { cause: exit.cause }),
      });
    }
    if (exit.backfillEnded !== null) {
      facts.emit({ type: 'backfill.ended', backfill_id: date.backfill_id, state: exit.backfillEnded });
    }
    dispatcher.feed(jobId).catch((error) => facts.emit({ type: 'service.failed', service: 'feed', error }));
    return {
      outcome: verdict.result,
      run_id,
      run_page_url,
      error_message: verdict.errorMessage ?? undefined,
    };
  }

  #announceFailure(date: DateJob, record: AttemptRecord): Promise<void> {
    const { jobId, queues } = this.#parts;
    const { backfill_id: backfillId, position_date: positionDate } = date;
    return queues.addFailedDate(failedDateJob({ jobId, backfillId, positionDate }, record));
  }

  /** Back to the head of the queue: its run may be live, and a live run must be watched before new ones start. */
  async #giveBack(job: Job<DateJob>, token: string): Promise<never> {
    await job.changePriority({ priority: 0 });
    await job.moveToWait(token);
    throw new WaitingError();
  }
}
