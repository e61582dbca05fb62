import { type CalendarDate, datesInRange, daysBetween } from '../calendar/calendar-date.ts';
import { blockOf, type Granularity } from './granularity.ts';

/** Why a day of a request does not run. */
export type PlanReason = 'not_business_day' | 'excluded' | 'already_succeeded' | 'not_failed' | 'future';

/** A day of a request. */
export interface PlanDay {
  readonly positionDate: CalendarDate;
  /** Null: it shall run. */
  readonly reason: PlanReason | null;
  /** Whether a window may reach across it although it does not run itself. */
  readonly spanned: boolean;
}

/** One date of a plan: a window that shall run, or a single day that is skipped. */
export interface PlanWindow {
  readonly positionDate: CalendarDate;
  /** Last day; `positionDate` itself where the window is one day. */
  readonly endDate: CalendarDate;
  /** Null: it shall run. */
  readonly reason: PlanReason | null;
}

/**
 * Cuts the days of a request, ascending and each once, into windows. A window lies in one block of the
 * granularity, begins and ends on a day that runs, and holds every day between: days that run, and days that
 * are spanned. So it ends before a day that was not asked for, is excluded, lies in the future or is done;
 * a day that is no business day does not end it. Every day that does not run is in the answer by itself,
 * spanned or not. Ascending by `positionDate`.
 */
export function windowsOf(days: readonly PlanDay[], granularity: Granularity): PlanWindow[] {
  const windows: PlanWindow[] = [];
  let first: CalendarDate | null = null;
  let last: CalendarDate | null = null;
  const close = (): void => {
    if (first !== null && last !== null) windows.push({ positionDate: first, endDate: last, reason: null });
    first = null;
  };
  days.forEach((day, index) => {
    const { positionDate, reason } = day;
    if (!continues(days[index - 1], day, granularity)) close();
    if (reason !== null) windows.push({ positionDate, endDate: positionDate, reason });
    else {
      first ??= positionDate;
      last = positionDate;
    }
  });
  close();
  return windows.sort(byDate);
}

/** Whether a window that reaches to the day before may go on over this one. */
function continues(before: PlanDay | undefined, day: PlanDay, granularity: Granularity): boolean {
  if (before === undefined || (day.reason !== null && !day.spanned)) return false;
  return (
    blockOf(before.positionDate, granularity) === blockOf(day.positionDate, granularity) &&
    daysBetween(before.positionDate, day.positionDate) === 1
  );
}

function byDate(one: { positionDate: CalendarDate }, other: { positionDate: CalendarDate }): number {
  return one.positionDate < other.positionDate ? -1 : 1;
}

/** What the log says of single days, once it has been asked. */
export interface DayVerdicts {
  /** Why a day that the calendar allows does not run after all, or null. */
  readonly reasonAgainst: (day: CalendarDate) => PlanReason | null;
  /** Whether a day is done, so that no window may reach across it. */
  readonly isDone: (day: CalendarDate) => boolean;
}

/**
 * Cuts a plan anew after the log was asked: what it says against a day splits the window that held it. A day
 * that two windows hold is in the answer once.
 */
export function settledWindows(
  plan: readonly PlanWindow[],
  granularity: Granularity,
  { reasonAgainst, isDone }: DayVerdicts,
): PlanWindow[] {
  const skipped = new Set(
    plan.filter(({ reason }) => reason !== null).map(({ positionDate }) => positionDate),
  );
  const days = new Map<CalendarDate, PlanDay>();
  for (const window of plan) {
    const { positionDate, reason } = window;
    if (reason !== null) {
      const spanned = reason === 'not_business_day' && !isDone(positionDate);
      days.set(positionDate, { positionDate, reason, spanned });
      continue;
    }
    for (const day of daysOf(window)) {
      if (!skipped.has(day)) days.set(day, { positionDate: day, reason: reasonAgainst(day), spanned: false });
    }
  }
  return windowsOf([...days.values()].sort(byDate), granularity);
}

/** Every day of a window, the first and the last included. */
export function daysOf(window: Pick<PlanWindow, 'positionDate' | 'endDate'>): CalendarDate[] {
  return datesInRange(window.positionDate, window.endDate);
}
