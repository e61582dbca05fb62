import { z } from 'zod';
import {
  type CalendarDate,
  calendarDateOf,
  dateParts,
  daysBetween,
  parseCalendarDate,
} from '../calendar/calendar-date.ts';

const CalendarDateSchema = z.string().transform((text, context): CalendarDate => {
  const date = parseCalendarDate(text);
  if (date !== null) return date;
  context.addIssue({ code: 'custom', message: 'expected a date YYYY-MM-DD' });
  return z.NEVER;
});

/**
 * How many days one run processes: so many days, counted in blocks from a date on; a week from Monday to
 * Sunday; a month from its first to its last day. A block is where a window may lie, see `window-plan.ts`.
 */
export const GranularitySchema = z.discriminatedUnion('unit', [
  z.object({ unit: z.literal('days'), count: z.int().min(1), from: CalendarDateSchema }),
  z.object({ unit: z.literal('week') }),
  z.object({ unit: z.literal('month') }),
]);
export type Granularity = z.output<typeof GranularitySchema>;

/** The longest window; a run that takes more days than a year is one for a job without a date. */
export const MAX_WINDOW_DAYS = 366;

/** A Monday: so weeks begin on Mondays, and blocks of 7 and 14 days with them. */
const DEFAULT_FROM = calendarDateOf(1970, 1, 5);

/** One run a day. */
export const DAILY: Granularity = Object.freeze({ unit: 'days', count: 1, from: DEFAULT_FROM });

export function isDaily(granularity: Granularity): boolean {
  return granularity.unit === 'days' && granularity.count === 1;
}

/** Reads `day`, `week`, `month`, `5 days` (also `5d`) and `7 days from 2024-01-07`; undefined for all else. */
export function parseGranularity(text: string): Granularity | undefined {
  switch (text) {
    case 'day':
      return DAILY;
    case 'week':
    case 'month':
      return { unit: text };
  }
  const match = /^(\d{1,3})\s*(?:d|days?)(?: from (\S+))?$/.exec(text);
  const count = Number(match?.[1] ?? 0);
  const from = match?.[2] === undefined ? DEFAULT_FROM : parseCalendarDate(match[2]);
  if (count < 1 || count > MAX_WINDOW_DAYS || from === null) return undefined;
  return { unit: 'days', count, from };
}

/**
 * A number that names the block in which a date lies; later blocks have greater ones. It depends on nothing
 * but the date, so that two backfills of a job, a retry and the filling of a gap cut the same days into the
 * same windows.
 */
export function blockOf(date: CalendarDate, granularity: Granularity): number {
  switch (granularity.unit) {
    case 'month': {
      const { year, month } = dateParts(date);
      return year * 12 + month;
    }
    case 'week':
      return Math.floor(daysBetween(DEFAULT_FROM, date) / 7);
    case 'days':
      return Math.floor(daysBetween(granularity.from, date) / granularity.count);
  }
}
