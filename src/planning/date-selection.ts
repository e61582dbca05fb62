import type { BusinessCalendar } from '../calendar/business-calendar.ts';
import { addYears, type CalendarDate, datesInRange } from '../calendar/calendar-date.ts';
import { BackfillError } from '../errors/backfill-error.ts';

/** What is asked for: a range, both ends included, or single dates in any order. */
export type RequestedDates =
  | { readonly startDate: CalendarDate; readonly endDate: CalendarDate }
  | { readonly dates: readonly CalendarDate[] };

export interface SelectionRules {
  readonly excludeDates: readonly CalendarDate[];
  readonly calendar: BusinessCalendar;
  /** The last date that may run; later ones are skipped as `future`. */
  readonly today: CalendarDate;
}

/** A requested date with what the calendar and the request say of it; the log has not been asked yet. */
export type SelectedDate =
  | { readonly positionDate: CalendarDate; readonly verdict: 'run'; readonly reason: null }
  | { readonly positionDate: CalendarDate; readonly verdict: 'skip'; readonly reason: SkipReason };

export type SkipReason = 'not_business_day' | 'excluded' | 'future';

const MAX_YEARS = 20;

/**
 * Resolves a request to its dates, ascending and each once. Of several reasons to skip a date the first of
 * excluded, future, not_business_day is given.
 *
 * @throws BackfillError `end_before_start`, `range_too_long` (more than 20 years from the first date to the
 * last), `all_in_future` (every date that is not excluded), `no_business_day` (nothing else to run)
 */
export function selectDates(requested: RequestedDates, rules: SelectionRules): SelectedDate[] {
  const dates = 'dates' in requested ? ascending(requested.dates) : range(requested);
  const excluded = new Set(rules.excludeDates);
  const selected = dates.map((date): SelectedDate => {
    const reason = reasonToSkip(date, excluded, rules);
    return reason === null
      ? { positionDate: date, verdict: 'run', reason }
      : { positionDate: date, verdict: 'skip', reason };
  });
  if (!selected.some(({ verdict }) => verdict === 'run')) throw nothingToRun(selected, rules);
  return selected;
}

function reasonToSkip(
  date: CalendarDate,
  excluded: ReadonlySet<CalendarDate>,
  { calendar, today }: SelectionRules,
): SkipReason | null {
  if (excluded.has(date)) return 'excluded';
  if (date > today) return 'future';
  return calendar.isBusinessDay(date) ? null : 'not_business_day';
}

function range({ startDate, endDate }: { startDate: CalendarDate; endDate: CalendarDate }): CalendarDate[] {
  if (endDate < startDate) {
    throw new BackfillError(
      'end_before_start',
      `end_date ${endDate} lies before start_date ${startDate}. Swap them.`,
      { details: { start_date: startDate, end_date: endDate } },
    );
  }
  checkSpan(startDate, endDate);
  return datesInRange(startDate, endDate);
}

function ascending(dates: readonly CalendarDate[]): CalendarDate[] {
  const sorted = [...new Set(dates)].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first !== undefined && last !== undefined) checkSpan(first, last);
  return sorted;
}

function checkSpan(first: CalendarDate, last: CalendarDate): void {
  // Years are compared first: addYears would leave the calendar behind the year 9999.
  const years = Number(last.slice(0, 4)) - Number(first.slice(0, 4));
  if (years < MAX_YEARS || (years === MAX_YEARS && last <= addYears(first, MAX_YEARS))) return;
  throw new BackfillError(
    'range_too_long',
    `${first} to ${last} is more than ${MAX_YEARS} years. Split it into several backfills.`,
    { details: { first_date: first, last_date: last, max_years: MAX_YEARS } },
  );
}

function nothingToRun(selected: readonly SelectedDate[], { calendar, today }: SelectionRules): BackfillError {
  const left = selected.filter(({ reason }) => reason !== 'excluded');
  if (left.length > 0 && left.every(({ reason }) => reason === 'future')) {
    return new BackfillError(
      'all_in_future',
      `Every date lies after today, ${today}. Ask for dates up to today.`,
      { details: { today } },
    );
  }
  return new BackfillError(
    'no_business_day',
    left.length === 0
      ? 'Every date is excluded. Ask for at least one date that exclude_dates leaves.'
      : `No date up to today is a business day of the calendar "${calendar.name}". Ask for other dates, or use calendar "none".`,
    { details: { calendar: calendar.name, dates: selected.length } },
  );
}
