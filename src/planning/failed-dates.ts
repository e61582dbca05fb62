import { addDays, datesInRange, requireCalendarDate } from '../calendar/calendar-date.ts';
import type { LoggedTry } from '../tables/failure-log.ts';

/** Which failures a sweep is about: by when they happened, or by their position_date. */
export type SweepWindow =
  | { readonly sinceMs: number }
  | { readonly startDate: string; readonly endDate: string };

/** A date of a job that failed and that nothing has made good since. */
export interface FailedDate {
  readonly jobId: string;
  readonly jobName: string;
  readonly positionDate: string;
  /** Last day of the window that failed; the date itself where it is one day. */
  readonly positionEndDate: string;
  /** The oldest failure since the last success that is no retry itself. */
  readonly originalRunId: string;
  /** The latest failure. */
  readonly failedAttempt: string;
  /** The backfill of the latest failure; null for a row that a notebook of the past has written. */
  readonly backfillId: string | null;
}

/** Why a failed date is not run again: it would fail again, a person has stopped it, or it is under way. */
export type LeftOutReason = 'configuration' | 'cancelled' | 'live';

export interface LeftOutDate extends FailedDate {
  readonly reason: LeftOutReason;
}

export interface FailedDateChoice {
  /** In the order in which they shall run: oldest position_date first. */
  readonly chosen: readonly FailedDate[];
  readonly leftOut: readonly LeftOutDate[];
  /** How many more could be run again, beyond the limit. */
  readonly remaining: number;
}

/**
 * Chooses the dates that a sweep runs again, at most `maxDates`. A date counts if one of its failures since
 * its last success is an original (no retry itself) and lies in the window; so a failed retry alone never
 * starts another.
 *
 * @param tries every logged attempt of the dates in question, in any order.
 * @param isOpen whether an unfinished backfill still has the date.
 */
export function chooseFailedDates(
  tries: readonly LoggedTry[],
  rules: {
    window: SweepWindow;
    maxDates: number;
    isOpen: (date: { jobId: string; positionDate: string }) => boolean;
  },
): FailedDateChoice {
  const runnable: FailedDate[] = [];
  const leftOut: LeftOutDate[] = [];
  const seen = new Set<string>();
  for (const ofDay of byDay(tries)) {
    const found = failedDate(ofDay, rules.window);
    // A window is found by each of its days that is still failed, and runs once.
    if (found === null || seen.has(found.date.failedAttempt)) continue;
    seen.add(found.date.failedAttempt);
    const reason = rules.isOpen(found.date) ? 'live' : found.reason;
    if (reason === null) runnable.push(found.date);
    else leftOut.push({ ...found.date, reason });
  }
  const distinct = eachDayOnce(runnable.sort(byPosition));
  const chosen = distinct.slice(0, rules.maxDates);
  return { chosen, leftOut: leftOut.sort(byPosition), remaining: distinct.length - chosen.length };
}

/**
 * Windows that failed may overlap: those of two backfills, or of a job whose granularity has changed. Of each
 * stays what no window before it has, so that a plan holds no day twice.
 *
 * @param sorted by {@link byPosition}; so what a window loses is its beginning.
 */
function eachDayOnce(sorted: readonly FailedDate[]): FailedDate[] {
  const lastDays = new Map<string, string>();
  return sorted.flatMap((date) => {
    const { jobId, positionDate, positionEndDate } = date;
    const covered = lastDays.get(jobId);
    if (covered !== undefined && positionEndDate <= covered) return [];
    lastDays.set(jobId, positionEndDate);
    if (covered === undefined || covered < positionDate) return [date];
    return [{ ...date, positionDate: addDays(requireCalendarDate(covered), 1) }];
  });
}

function failedDate(
  tries: readonly LoggedTry[],
  window: SweepWindow,
): { date: FailedDate; reason: LeftOutReason | null } | null {
  const sorted = tries.toSorted(byAge);
  const since = sorted.slice(sorted.findLastIndex(({ status }) => status === 'SUCCESS') + 1);
  const failures = since.filter(({ status }) => status === 'FAILED');
  const originals = failures.filter(({ isRetry }) => !isRetry);
  const [original, last, latest] = [originals[0], failures.at(-1), since.at(-1)];
  if (!original || !last || !originals.some((failure) => isWithin(failure, window))) return null;
  const date: FailedDate = {
    jobId: original.jobId,
    jobName: last.jobName,
    positionDate: last.positionDate,
    positionEndDate: last.positionEndDate,
    originalRunId: original.runId,
    failedAttempt: last.runId,
    backfillId: last.backfillId,
  };
  if (latest?.status === 'STARTED') return { date, reason: 'live' };
  if (latest?.status === 'CANCELLED') return { date, reason: 'cancelled' };
  return { date, reason: last.failureClass === 'configuration' ? 'configuration' : null };
}

function isWithin({ endedMs, positionDate, positionEndDate }: LoggedTry, window: SweepWindow): boolean {
  if ('sinceMs' in window) return endedMs >= window.sinceMs;
  return positionEndDate >= window.startDate && positionDate <= window.endDate;
}

/** The tries of each day of each job: a day may have failed in one window and succeeded in another. */
function byDay(tries: readonly LoggedTry[]): Iterable<LoggedTry[]> {
  const groups = new Map<string, LoggedTry[]>();
  for (const one of tries) {
    const { positionDate, positionEndDate } = one;
    for (const day of datesInRange(requireCalendarDate(positionDate), requireCalendarDate(positionEndDate))) {
      const key = `${one.jobId} ${day}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
  }
  return groups.values();
}

function byAge(one: LoggedTry, other: LoggedTry): number {
  return one.startedMs - other.startedMs || one.attempt - other.attempt || (one.runId < other.runId ? -1 : 1);
}

function byPosition(one: FailedDate, other: FailedDate): number {
  if (one.positionDate !== other.positionDate) return one.positionDate < other.positionDate ? -1 : 1;
  if (one.jobId !== other.jobId) return one.jobId < other.jobId ? -1 : 1;
  // The longest first: it holds the others that begin with it.
  return one.positionEndDate > other.positionEndDate ? -1 : 1;
}
