import { CANCELLED_REASON, decideOnFailure } from '../../src/planning/retry-decision.ts';
import type { AttemptHistory } from '../../src/tables/attempt-history.ts';
import type { EndedBackfill } from '../../src/tables/ended-backfills.ts';
import type { AttemptRecord } from '../plan/attempt-record.ts';
import type { BackfillView } from '../plan/backfill-view.ts';
import type { DateCounts, DateLetter } from '../plan/date-letter.ts';
import { type DateView, viewDate } from '../plan/date-view.ts';
import { inOrder, skippedDates } from '../recovery/restoration.ts';
import { recordOf } from '../recovery/restored-date.ts';

/** An ended backfill as it was told while Redis had it, from its row of `backfills`. */
export function viewArchived(backfill: EndedBackfill): BackfillView {
  const { asked, settings } = backfill.request;
  return {
    id: backfill.id,
    job: backfill.jobName,
    job_id: backfill.jobId,
    state: backfill.state,
    state_reason: null,
    counts: countsOf(backfill),
    log_pending: 0,
    not_yet_durable: false,
    eta_seconds: null,
    priority: settings.priority,
    max_active_runs: settings.max_active_runs,
    created_by: backfill.createdBy,
    created_at: new Date(backfill.createdAtMs).toISOString(),
    finished_at: isoTime(backfill.finishedAtMs),
    retry_of: settings.retry_of,
    request: asked,
  };
}

function countsOf({ request: { plan, outcome } }: EndedBackfill): DateCounts {
  const skipped = Object.values(plan.skip).flat().length;
  const failed = outcome.failed.length;
  const cancelled = outcome.cancelled.length;
  return {
    pending: 0,
    queued: 0,
    running: 0,
    succeeded: plan.run.length - failed - cancelled,
    failed,
    skipped,
    cancelled,
    total: plan.run.length + skipped,
  };
}

/** Its dates in the order in which they ran, with what the log says of the last attempt of each. */
export function viewArchivedDates(backfill: EndedBackfill, history: AttemptHistory): DateView[] {
  const { plan, outcome, settings } = backfill.request;
  const failed = new Set(outcome.failed);
  const cancelled = new Set(outcome.cancelled);
  const letterOf = (date: string): DateLetter => (failed.has(date) ? 'f' : cancelled.has(date) ? 'c' : 's');
  const ran = plan.run.map((positionDate) => ({
    positionDate,
    endDate: plan.ends[positionDate] ?? positionDate,
    letter: letterOf(positionDate),
  }));
  return inOrder([...ran, ...skippedDates(plan)], settings.order).map((date) =>
    viewDate(backfill.id, date, recordText(backfill, date.positionDate, history), null),
  );
}

function recordText(backfill: EndedBackfill, date: string, history: AttemptHistory): string | null {
  // A row without an end time ended at the latest when its backfill did.
  const nowIso = isoTime(backfill.finishedAtMs) ?? new Date(backfill.createdAtMs).toISOString();
  const adoptedFrom = backfill.request.outcome.adopted[date];
  const elsewhere = history.succeededElsewhere.get(date);
  const logged = adoptedFrom === undefined ? history.latest.get(date) : elsewhere;
  if (logged === undefined) return null;
  const record: AttemptRecord = recordOf(logged, { nowIso });
  if (adoptedFrom === undefined) return JSON.stringify({ ...record, ...decisionOn(record, backfill) });
  return JSON.stringify({ ...record, attempt: 0, adopted_from: adoptedFrom });
}

/** The retry worker's decision on the last attempt of a date that failed for good, made anew. */
function decisionOn(
  { result, failure_class: failureClass = '', attempt }: AttemptRecord,
  { request: { settings } }: EndedBackfill,
): Pick<AttemptRecord, 'decision' | 'decision_reason'> {
  if (result !== 'failed') return {};
  const rules = { maxAttempts: settings.max_attempts, retryDelayMs: 0, maxRetryDelayMs: 0 };
  const decision = decideOnFailure({ failureClass, attempt }, rules);
  const reason = decision.kind === 'fail' ? decision.reason : CANCELLED_REASON;
  return { decision: 'fail', decision_reason: reason };
}

function isoTime(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
