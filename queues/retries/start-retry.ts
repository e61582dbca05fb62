import type { ResolvedJob } from '../../src/jobs/resolve-job.ts';
import {
  type AskedSettings,
  beginPlanning,
  type CreationContext,
  newBackfill,
} from '../backfill-creation.ts';
import type { BackfillView } from '../plan/backfill-view.ts';
import type { NewBackfill } from '../plan/new-backfill.ts';
import type { ContestedDate, RetriedDate } from '../scripts/create-backfill.ts';

export interface RetryRequest {
  /** In the order in which they shall run. */
  readonly dates: readonly RetriedDate[];
  readonly asked: Omit<AskedSettings, 'reprocess'>;
  readonly createdBy: string;
  /** What `retry_triggered_by` of the rows shall say: `sweep`, or a person. */
  readonly triggeredBy: string;
  /** Id of the one backfill whose dates these are, or null. */
  readonly retryOf: string | null;
  /** What `request` of the new backfill shows beside its dates. */
  readonly shown: Readonly<Record<string, unknown>>;
  readonly idempotency: NewBackfill['idempotency'];
}

export interface StartedRetry {
  /** Null when every date is in other hands. */
  readonly backfill: BackfillView | null;
  readonly contested: readonly ContestedDate[];
}

/**
 * Starts a backfill that runs failed dates again, those that are in other hands left out. Its planning looks
 * them up in the log once more, so that a date that has succeeded meanwhile is skipped, and links the others.
 * @throws BackfillError idempotency_key_reused
 */
export async function startRetry(
  context: CreationContext,
  target: ResolvedJob,
  request: RetryRequest,
): Promise<StartedRetry> {
  const contested: ContestedDate[] = [];
  for (let dates = request.dates; dates.length > 0; ) {
    const backfill = retryOf(target, request, dates);
    const answer = await context.plans.createRetry(backfill, dates);
    if ('id' in answer) return { backfill: await beginPlanning(context, backfill, answer), contested };
    contested.push(...answer.contested);
    const taken = new Set(answer.contested.map(({ position_date }) => position_date));
    dates = dates.filter(({ position_date }) => !taken.has(position_date));
  }
  return { backfill: null, contested };
}

function retryOf(target: ResolvedJob, request: RetryRequest, dates: readonly RetriedDate[]): NewBackfill {
  const { asked, createdBy, triggeredBy, shown, idempotency } = request;
  const positionDates = dates.map(({ position_date }) => position_date);
  return newBackfill(
    target,
    { ...asked, reprocess: 'failed' },
    {
      plan: dates.map(({ position_date: positionDate, position_end_date: endDate }) => ({
        positionDate,
        endDate,
        letter: 'p',
      })),
      createdBy,
      request: { job: target.jobName, dates: positionDates, reprocess: 'failed', ...shown },
      retryOf: request.retryOf,
      retryTriggeredBy: triggeredBy,
      idempotency,
    },
  );
}
