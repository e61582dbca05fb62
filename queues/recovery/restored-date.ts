import type { Run } from '../../src/databricks/run.ts';
import { daysOf, type PlanWindow } from '../../src/planning/window-plan.ts';
import type { AttemptHistory, LoggedAttempt } from '../../src/tables/attempt-history.ts';
import type { RetryMetadata } from '../../src/tables/retry-metadata.ts';
import type { UnfinishedBackfill } from '../../src/tables/unfinished-backfills.ts';
import { attemptId } from '../plan/attempt-id.ts';
import type { AttemptRecord, RetryLink } from '../plan/attempt-record.ts';
import { type DateLetter, skipLetter } from '../plan/date-letter.ts';

/** A date of a backfill as it is put back into the plan. */
export interface RestoredDate {
  readonly positionDate: string;
  /** Last day of its window; the date itself where it is one day. */
  readonly endDate: string;
  readonly letter: DateLetter;
  readonly record: AttemptRecord | null;
  /** Whether a run of its next attempt may exist that the log does not know of. */
  readonly open: boolean;
  /** Of a retry: the link of the date's first attempt. */
  readonly link?: RetryLink | undefined;
}

export interface RestoreRules {
  /** Whether a failed attempt is tried again, by the policy of the backfill. */
  readonly mayRetry: (failure: { failureClass: string; attempt: number }) => boolean;
  readonly nowIso: string;
}

/**
 * The state of a date that was to run, as the log knows it.
 *
 * A row that is STARTED has the id of its run, and whoever has a run id asks for that run: it is attached,
 * live or not. What the log does not know is pending at the attempt that comes next in it, so that the
 * token of this attempt finds the run if there is one.
 */
export function restoreDate(
  backfill: UnfinishedBackfill,
  window: PlanWindow,
  history: AttemptHistory,
  rules: RestoreRules,
): RestoredDate {
  const { positionDate, endDate, reason } = window;
  const dates = { positionDate, endDate };
  if (reason !== null) return { ...dates, letter: skipLetter(reason), record: null, open: false };
  const waiting: DateLetter = backfill.state === 'cancelling' ? 'c' : 'p';
  const logged = history.latest.get(positionDate);
  if (logged === undefined) {
    const adopted = adoptedDate(backfill, window, history, rules);
    if (adopted !== null) return adopted;
    const link = backfill.request.plan.links[positionDate];
    return { ...dates, letter: waiting, record: null, open: true, link };
  }
  const record = recordOf(logged, rules);
  switch (logged.status) {
    case 'SUCCESS':
      return { ...dates, letter: 's', record, open: false };
    case 'CANCELLED': {
      // A start that was refused and withdrawn ends so when its date takes over another backfill's success.
      const withdrawn = logged.errorMessage === null;
      const adopted = withdrawn ? adoptedDate(backfill, window, history, rules) : null;
      return adopted ?? { ...dates, letter: 'c', record, open: false };
    }
    case 'STARTED':
      return { ...dates, letter: logged.runId === null ? waiting : 'r', record, open: false };
    case 'FAILED': {
      const failureClass = record.failure_class ?? '';
      if (!rules.mayRetry({ failureClass, attempt: logged.attempt })) {
        return { ...dates, letter: 'f', record, open: false };
      }
      const retry_metadata = nextLink(logged, rules.nowIso);
      return { ...dates, letter: waiting, record: { ...record, retry_metadata }, open: true };
    }
  }
}

/** The date with the success of another backfill, where there is one and it counts. */
function adoptedDate(
  backfill: UnfinishedBackfill,
  window: PlanWindow,
  history: AttemptHistory,
  rules: RestoreRules,
): RestoredDate | null {
  const elsewhere = successElsewhere(backfill, window, history);
  if (elsewhere === null || backfill.request.settings.reprocess === 'all') return null;
  const record = { ...recordOf(elsewhere, rules), attempt: 0, adopted_from: elsewhere.backfillId };
  const { positionDate, endDate } = window;
  return { positionDate, endDate, letter: 's', record, open: false };
}

/** The first of the successes with which other backfills have done every day of a window that runs. */
function successElsewhere(
  { request }: UnfinishedBackfill,
  window: PlanWindow,
  { succeededElsewhere }: AttemptHistory,
) {
  const skipped = new Set<string>(request.plan.skip.not_business_day);
  const done = daysOf(window).every((day) => skipped.has(day) || succeededElsewhere.has(day));
  return done ? (succeededElsewhere.get(window.positionDate) ?? null) : null;
}

/** The same date with a live run of its next attempt. */
export function attachRun(
  backfillId: string,
  date: RestoredDate,
  run: Run,
  { nowIso }: Pick<RestoreRules, 'nowIso'>,
): RestoredDate {
  const before = date.record;
  const link = before?.retry_metadata ?? date.link;
  const attempt = before === null ? 1 : before.finished_at ? before.attempt + 1 : before.attempt;
  const record: AttemptRecord = {
    attempt,
    attempt_id: attemptId(backfillId, date.positionDate, attempt),
    ...windowEnd(date.positionDate, date.endDate),
    submission: 1,
    run_id: run.runId,
    ...(run.runPageUrl !== null && { run_page_url: run.runPageUrl }),
    started_at: run.startTimeMs === 0 ? nowIso : new Date(run.startTimeMs).toISOString(),
    ...(link && { retry_metadata: link }),
  };
  return { ...date, letter: 'r', record, open: false };
}

const RESULT_OF_STATUS = { SUCCESS: 'succeeded', FAILED: 'failed', CANCELLED: 'cancelled' } as const;

/** `error_message` of a failed attempt begins `<class>/<CODE>: `. */
const FAILURE_CLASS = /^([a-z_]+)\//;

/** What Redis knew of an attempt, as far as its row in the log tells. */
export function recordOf(logged: LoggedAttempt, { nowIso }: Pick<RestoreRules, 'nowIso'>): AttemptRecord {
  const failureClass = logged.status === 'FAILED' && FAILURE_CLASS.exec(logged.errorMessage ?? '')?.[1];
  return {
    attempt: logged.attempt,
    attempt_id: logged.attemptId,
    ...windowEnd(logged.positionDate, logged.positionEndDate),
    // Of a refused run only its end tells; the submissions after it are then gone through again in order.
    submission: 1,
    ...(logged.runId !== null && { run_id: logged.runId }),
    ...(logged.runPageUrl !== null && { run_page_url: logged.runPageUrl }),
    started_at: logged.startTime ?? logged.endTime ?? nowIso,
    ...(logged.status !== 'STARTED' && {
      finished_at: logged.endTime ?? nowIso,
      result: RESULT_OF_STATUS[logged.status],
    }),
    ...(failureClass && { failure_class: failureClass }),
    ...(logged.errorMessage !== null && { error_message: logged.errorMessage }),
    ...(logged.retryMetadata && { retry_metadata: link(logged.retryMetadata) }),
  };
}

/** As the start gate notes it: of a window only. */
function windowEnd(positionDate: string, endDate: string): Pick<AttemptRecord, 'position_end_date'> {
  return endDate === positionDate ? {} : { position_end_date: endDate };
}

function link(metadata: RetryMetadata): RetryLink {
  return {
    is_retry: true,
    original_run_id: metadata.originalRunId,
    retry_count: metadata.retryCount,
    retry_triggered_by: metadata.retryTriggeredBy,
    retry_triggered_at: metadata.retryTriggeredAt,
  };
}

/** How the attempt after a failed one is linked, as the retry worker would have done it. */
function nextLink({ attemptId: failedId, retryMetadata }: LoggedAttempt, nowIso: string): RetryLink {
  return {
    is_retry: true,
    original_run_id: retryMetadata?.originalRunId ?? failedId,
    retry_count: (retryMetadata?.retryCount ?? 0) + 1,
    retry_triggered_by: 'policy',
    retry_triggered_at: nowIso,
  };
}
