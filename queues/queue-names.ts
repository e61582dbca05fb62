/** BullMQ queues. Names are part of the contract: Bull Board and outside tools address queues by them. */

/** One queue per target job, so that its global concurrency can follow that job's own limit. */
export function dateQueueName(jobId: string): string {
  return `dates-${jobId}`;
}

/** Every failed attempt, for the retry worker to decide on. */
export const FAILED_DATES_QUEUE = 'failed-dates';

/** Firings of the schedules that sweep the log for failed dates. */
export const SWEEPS_QUEUE = 'sweeps';

/** Backfills whose verdicts still wait for the log. */
export const PLANS_QUEUE = 'plans';
