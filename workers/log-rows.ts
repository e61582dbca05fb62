import type { CancelledAttempts } from '../queues/outbox/log-event.ts';
import { attemptId } from '../queues/plan/attempt-id.ts';
import { type BackfillRecord, isFinished } from '../queues/plan/backfill-record.ts';
import { DATE_LETTERS } from '../queues/plan/date-letter.ts';
import type { DateView } from '../queues/plan/date-view.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import type { PlannedDate } from '../queues/plan/plan-text.ts';
import type { StoredOutcome, StoredPlan, StoredRequest } from '../src/tables/backfill-request.ts';
import type { BackfillRow } from '../src/tables/backfill-row.ts';
import type { LogRow } from '../src/tables/log-row.ts';
import { logRow } from './attempt-context.ts';

/** One SKIPPED row for each day of a plan that is no business day. */
export async function skippedRows(
  plans: PlanReader,
  backfillId: string,
  skipped: { at: string; dates: readonly string[] },
): Promise<LogRow[]> {
  const backfill = await plans.record(backfillId);
  if (!backfill) return [];
  return skipped.dates.map((positionDate) => ({
    runId: attemptId(backfillId, positionDate, 0),
    positionDate,
    jobName: backfill.job,
    jobId: backfill.job_id,
    status: 'SKIPPED',
    startTime: skipped.at,
    endTime: skipped.at,
    backfillJobId: null,
    errorMessage: 'not_business_day',
    creatorUserName: backfill.created_by,
    runPageUrl: null,
    retryMetadata: null,
    backfillId,
    attempt: 0,
    positionEndDate: positionDate,
  }));
}

/** One CANCELLED row for each attempt that had been refused and withdrawn before it was cancelled. */
export async function cancelledRows(
  plans: PlanReader,
  backfillId: string,
  { at, attempts }: CancelledAttempts,
): Promise<LogRow[]> {
  const backfill = await plans.record(backfillId);
  if (!backfill) return [];
  const end = { status: 'CANCELLED', endTime: at, errorMessage: null } as const;
  return attempts.map(({ position_date: positionDate, record }) =>
    logRow(
      { backfill, positionDate, record, takenOver: false },
      { ...end, runId: record.run_id ?? null, runPageUrl: record.run_page_url ?? null },
    ),
  );
}

/** The row of `backfills` as the plan reads now, or null when the plan is gone. */
export async function backfillRow(plans: PlanReader, id: string): Promise<BackfillRow | null> {
  const backfill = await plans.record(id);
  if (!backfill) return null;
  return {
    backfillId: id,
    jobName: backfill.job,
    jobId: backfill.job_id,
    request: {
      ...storedRequest(backfill, await plans.plan(id), await plans.links(id)),
      ...(isFinished(backfill.state) && { outcome: outcomeOf(await plans.dates(id)) }),
    },
    createdBy: backfill.created_by,
    createdAt: backfill.created_at,
    state: backfill.state,
    finishedAt: backfill.finished_at,
  };
}

/** What no row of the log says of a date once its plan has left Redis. */
function outcomeOf(dates: readonly DateView[]): StoredOutcome {
  const inState = (state: DateView['state']) =>
    dates.filter((date) => date.state === state).map(({ position_date }) => position_date);
  return {
    failed: inState('failed'),
    cancelled: inState('cancelled'),
    adopted: Object.fromEntries(
      dates.flatMap(({ position_date, adopted_from }) =>
        adopted_from === null ? [] : [[position_date, adopted_from]],
      ),
    ),
  };
}

function storedRequest(
  backfill: BackfillRecord,
  plan: readonly PlannedDate[],
  links: StoredPlan['links'],
): Omit<StoredRequest, 'outcome'> {
  const { order, reprocess, priority, max_active_runs, max_attempts } = backfill;
  const { stop_after_failures, retry_of, retry_triggered_by, cancel_runs, run_settings } = backfill;
  return {
    // It came as JSON and was kept as JSON.
    asked: backfill.request as StoredRequest['asked'],
    plan: { ...storedPlan(plan, !backfill.in_planning), links },
    settings: {
      order,
      reprocess,
      priority,
      max_active_runs,
      max_attempts,
      stop_after_failures,
      retry_of,
      retry_triggered_by,
      cancel_runs,
      run_settings,
    },
  };
}

function storedPlan(plan: readonly PlannedDate[], settled: boolean): Omit<StoredPlan, 'links'> {
  const run: string[] = [];
  const skip: StoredPlan['skip'] = {
    not_business_day: [],
    excluded: [],
    already_succeeded: [],
    not_failed: [],
    future: [],
  };
  const ends: StoredPlan['ends'] = {};
  for (const { positionDate, endDate = positionDate, letter } of plan) {
    const { reason } = DATE_LETTERS[letter];
    if (endDate !== positionDate) ends[positionDate] = endDate;
    (reason === null ? run : skip[reason]).push(positionDate);
  }
  return { settled, run, ends, skip };
}
