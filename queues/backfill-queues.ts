import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { NO_TRACING, type Tracing } from '../src/tracing/tracing.ts';
import type { KeySpace } from './key-space.ts';
import type { AlertJob } from './payloads/alert-job.ts';
import type { DateJob } from './payloads/date-job.ts';
import type { FailedDateJob } from './payloads/failed-date-job.ts';
import type { LineageJob } from './payloads/lineage-job.ts';
import type { PlanJob } from './payloads/plan-job.ts';
import type { SweepJob } from './payloads/sweep-job.ts';
import {
  ALERTS_QUEUE,
  dateQueueName,
  FAILED_DATES_QUEUE,
  LINEAGE_QUEUE,
  PLANS_QUEUE,
  SWEEPS_QUEUE,
} from './queue-names.ts';
import type { FedDate } from './scripts/feed-target.ts';

/** Finished jobs are kept for people to look at; the plan and the log are the record. */
const KEEP_FINISHED = { age: 24 * 60 * 60, count: 1_000 };
export const JOB_OPTIONS: JobsOptions = { removeOnComplete: KEEP_FINISHED, removeOnFail: KEEP_FINISHED };
/** The warehouse may sleep or be down for hours; a plan waits for it. */
const PLAN_ATTEMPTS = 10_000;
const PLAN_RETRY_DELAY_MS = 5_000;
/** Name of the backoff that workers give messages to others; a receiver may be down over a night. */
export const DELIVERY_BACKOFF = 'delivery';
const DELIVERY_OPTIONS: JobsOptions = {
  ...JOB_OPTIONS,
  // A finished job keeps its signal from being passed on twice; many dates may end in a day.
  removeOnComplete: { ...KEEP_FINISHED, count: 10_000 },
  // About a day at the longest delay.
  attempts: 300,
  backoff: { type: DELIVERY_BACKOFF },
};
/** Events are read by nobody but Bull Board. */
const STREAMS = { events: { maxLen: 1_000 } };

/** Handles on all BullMQ queues over one connection. */
export class BackfillQueues {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #tracing: Tracing;
  readonly #dateQueues = new Map<string, Queue<DateJob>>();
  readonly failedDates: Queue<FailedDateJob>;
  readonly plans: Queue<PlanJob>;
  readonly sweeps: Queue<SweepJob>;
  readonly alerts: Queue<AlertJob>;
  readonly lineage: Queue<LineageJob>;

  constructor(redis: Redis, keys: KeySpace, tracing: Tracing = NO_TRACING) {
    this.#tracing = tracing;
    this.#redis = redis;
    this.#keys = keys;
    this.failedDates = this.#open(FAILED_DATES_QUEUE);
    this.plans = this.#open(PLANS_QUEUE);
    this.sweeps = this.#open(SWEEPS_QUEUE);
    this.alerts = this.#open(ALERTS_QUEUE);
    this.lineage = this.#open(LINEAGE_QUEUE);
  }

  dates(jobId: string): Queue<DateJob> {
    const known = this.#dateQueues.get(jobId);
    if (known) return known;
    const queue: Queue<DateJob> = this.#open(dateQueueName(jobId));
    this.#dateQueues.set(jobId, queue);
    return queue;
  }

  /** Adding is idempotent: the job id is the attempt id. */
  async addDates(jobId: string, dates: readonly FedDate[]): Promise<void> {
    const ids = this.#tracing.bullmq ? new Set(dates.map((date) => date.backfill_id)) : [null];
    for (const id of ids) {
      const some = id === null ? dates : dates.filter((date) => date.backfill_id === id);
      if (some.length > 0) await this.#inTrace(id, () => this.#addDates(jobId, some));
    }
  }

  async #addDates(jobId: string, dates: readonly FedDate[]): Promise<void> {
    await this.dates(jobId).addBulk(
      dates.map((date) => ({
        name: date.position_date,
        data: {
          v: 1 as const,
          backfill_id: date.backfill_id,
          position_date: date.position_date,
          attempt: date.attempt,
        },
        opts: { ...JOB_OPTIONS, jobId: date.attempt_id, priority: date.priority },
      })),
    );
  }

  async addFailedDate(failed: FailedDateJob): Promise<void> {
    const options = { ...JOB_OPTIONS, jobId: failed.attempt_id };
    await this.#inTrace(failed.backfill_id, () =>
      this.failedDates.add(failed.position_date, failed, options),
    );
  }

  /** For a failed attempt that still waits: its job may have failed itself, and would swallow the new one. */
  async addFailedDateAgain(failed: FailedDateJob): Promise<void> {
    const job = await this.failedDates.getJob(failed.attempt_id);
    if (job?.finishedOn !== undefined) await job.remove();
    await this.addFailedDate(failed);
  }

  async addPlan(backfillId: string): Promise<void> {
    const options: JobsOptions = {
      ...JOB_OPTIONS,
      jobId: backfillId,
      attempts: PLAN_ATTEMPTS,
      backoff: { type: 'fixed', delay: PLAN_RETRY_DELAY_MS },
    };
    await this.#inTrace(backfillId, () => this.plans.add('plan', { v: 1, backfill_id: backfillId }, options));
  }

  /** For a backfill that is still in planning: a job that used up its tries would swallow the new one. */
  async addPlanAgain(backfillId: string): Promise<void> {
    const job = await this.plans.getJob(backfillId);
    if (job?.finishedOn !== undefined) await job.remove();
    await this.addPlan(backfillId);
  }

  /** Adding is idempotent: the job id is the key of the message and the channel. */
  async addAlert(alert: AlertJob): Promise<void> {
    const jobId = `${alert.alert.key}_${alert.channel}`;
    await this.#inTrace(alert.backfill_id, () =>
      this.alerts.add(alert.alert.event, alert, { ...DELIVERY_OPTIONS, jobId }),
    );
  }

  /** Adding is idempotent by `key`. */
  async addLineage(key: string, lineage: LineageJob): Promise<void> {
    await this.#inTrace(lineage.backfill_id, () =>
      this.lineage.add(lineage.event.eventType, lineage, { ...DELIVERY_OPTIONS, jobId: key }),
    );
  }

  /** Removes jobs that no worker holds; one that is being worked on ends by the start gate instead. */
  async removeDates(jobId: string, attemptIds: readonly string[]): Promise<void> {
    const queue = this.dates(jobId);
    await Promise.all(attemptIds.map((id) => queue.remove(id)));
  }

  async close(): Promise<void> {
    const { failedDates, plans, sweeps, alerts, lineage } = this;
    const queues = [failedDates, plans, sweeps, alerts, lineage, ...this.#dateQueues.values()];
    await Promise.all(queues.map((queue) => queue.close()));
  }

  /** Jobs belong to the trace of the request that made their backfill, whoever adds them. */
  async #inTrace<T>(backfillId: string | null, work: () => Promise<T>): Promise<T> {
    if (this.#tracing.bullmq === undefined || backfillId === null) return work();
    const traceparent = await this.#redis.hget(this.#keys.backfill(backfillId), 'traceparent');
    return this.#tracing.within(traceparent, work);
  }

  #open<Payload>(name: string): Queue<Payload> {
    const queue: Queue<Payload> = new Queue<Payload>(name, {
      connection: this.#redis,
      prefix: this.#keys.prefix,
      streams: STREAMS,
      ...(this.#tracing.bullmq && { telemetry: this.#tracing.bullmq }),
    });
    // Whoever uses the queue sees the failed command; a listener keeps it from ending the process.
    queue.on('error', () => {});
    return queue;
  }
}
