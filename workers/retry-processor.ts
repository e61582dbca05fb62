import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { KeySpace } from '../queues/key-space.ts';
import { type FailedDateJob, FailedDateJobSchema } from '../queues/payloads/failed-date-job.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import { listed } from '../queues/redis/lua-list.ts';
import { decideRetry } from '../queues/scripts/decide-retry.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { decideOnFailure } from '../src/planning/retry-decision.ts';

/** What a `failed-dates` job returns, for people who look at it. */
export interface RetryResult {
  readonly decision: 'retry' | 'fail' | 'decided_before';
  readonly reason: string;
  readonly retry_at?: string;
}

/** Decides on failed attempts, each once. */
export class RetryProcessor {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #plans: PlanReader;
  readonly #queues: BackfillQueues;
  readonly #dispatcher: Dispatcher;
  readonly #facts: FactBus;

  constructor(parts: {
    redis: Redis;
    keys: KeySpace;
    plans: PlanReader;
    queues: BackfillQueues;
    dispatcher: Dispatcher;
    facts: FactBus;
  }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#plans = parts.plans;
    this.#queues = parts.queues;
    this.#dispatcher = parts.dispatcher;
    this.#facts = parts.facts;
  }

  async process(job: Job<FailedDateJob>): Promise<RetryResult> {
    const failed = FailedDateJobSchema.parse(job.data);
    const backfill = await this.#plans.requireRecord(failed.backfill_id);
    const decision = decideOnFailure(
      { failureClass: failed.failure_class, attempt: failed.attempt },
      {
        maxAttempts: backfill.max_attempts,
        retryDelayMs: backfill.run_settings.retry_delay_ms,
        maxRetryDelayMs: backfill.run_settings.max_retry_delay_ms,
      },
    );
    const answer = await decideRetry.run(this.#redis, this.#keys.prefix, {
      job_id: failed.job_id,
      backfill_id: failed.backfill_id,
      position_date: failed.position_date,
      attempt: failed.attempt,
      retry_delay_ms: decision.kind === 'retry' ? decision.delayMs : null,
      reason: decision.reason,
    });
    const fact = {
      backfill_id: failed.backfill_id,
      position_date: failed.position_date,
      attempt: failed.attempt,
      job: backfill.job,
    };
    switch (answer.outcome) {
      case 'not_undecided':
        return this.#decidedBefore(failed);
      case 'retrying':
        this.#facts.emit({
          type: 'retry.scheduled',
          ...fact,
          retry_at: answer.retry_at,
          reason: decision.reason,
          failure_class: failed.failure_class,
        });
        return { decision: 'retry', reason: decision.reason, retry_at: answer.retry_at };
      case 'failed':
        this.#facts.emit({ type: 'date.failed', ...fact, reason: answer.reason });
        if (answer.backfill_ended !== null) {
          this.#facts.emit({
            type: 'backfill.ended',
            backfill_id: failed.backfill_id,
            state: answer.backfill_ended,
          });
        }
        if (answer.paused !== null) {
          const { reason, withdrawn } = answer.paused;
          this.#facts.emit({ type: 'backfill.paused', backfill_id: failed.backfill_id, reason });
          await this.#queues.removeDates(failed.job_id, listed(withdrawn));
        }
        await this.#dispatcher.feed(failed.job_id);
        return { decision: 'fail', reason: answer.reason };
    }
  }

  /** The same answer as the first time, as long as the plan still has it. */
  async #decidedBefore(failed: FailedDateJob): Promise<RetryResult> {
    const record = await this.#plans.attempt(failed.backfill_id, failed.position_date);
    if (record?.attempt !== failed.attempt || !record.decision) {
      return { decision: 'decided_before', reason: 'This attempt was decided on before.' };
    }
    const { decision, decision_reason: reason = '', retry_at } = record;
    return { decision, reason, ...(decision === 'retry' && retry_at && { retry_at }) };
  }
}
