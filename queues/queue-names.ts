/** BullMQ queues. Names are part of the contract: Bull Board and outside tools address queues by them. */

/** One queue per target job, so that its global concurrency can follow that job's own limit. */
export function dateQueueName(jobId: string): string {
  return `dates-${jobId}`;
}

/** Every failed attempt, for the retry worker to decide on. */
export const FAILED_DATES_QUEUE = 'failed-dates';

/** Firings of the schedules that sweep the log for failed dates. */
export const SWEEPS_QUEUE = 'sweeps';
/** Messages to people and their tools, one a channel. */
export const ALERTS_QUEUE = 'alerts';

/** Run events for OpenLineage. */
export const LINEAGE_QUEUE = 'lineage';

/** Backfills whose verdicts still wait for the log. */
export const PLANS_QUEUE = 'plans';
