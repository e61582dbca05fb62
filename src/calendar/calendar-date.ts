declare const calendarDate: unique symbol;

/**
 * A date of the calendar, `YYYY-MM-DD` in the proleptic Gregorian calendar, years 0001 to 9999. It is
 * never an instant: it has no time and no zone. Text order is date order, so `<` and `sort()` work.
 */
export type CalendarDate = string & { readonly [calendarDate]: true };

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_MS = 86_400_000;
/** 0001-01-01 and 9999-12-31. */
const FIRST_EPOCH_DAY = -719_162;
const LAST_EPOCH_DAY = 2_932_896;

/** Reads `YYYY-MM-DD`; null for any other text and for days that do not exist, such as 2024-02-30. */
export function parseCalendarDate(text: string): CalendarDate | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return text as CalendarDate;
}

/** The same for a text that was checked before. Throws RangeError if it is no date. */
export function requireCalendarDate(text: string): CalendarDate {
  const date = parseCalendarDate(text);
  if (date === null) throw new RangeError(`There is no date ${text}.`);
  return date;
}

/** The date of the given parts; month 1 to 12. Throws RangeError if there is no such day. */
export function calendarDateOf(year: number, month: number, day: number): CalendarDate {
  return requireCalendarDate(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`);
}

/** Year, month (1 to 12) and day (1 to 31) of a date. */
export function dateParts(date: CalendarDate): { year: number; month: number; day: number } {
  return { year: yearOf(date), month: Number(date.slice(5, 7)), day: Number(date.slice(8, 10)) };
}

export function yearOf(date: CalendarDate): number {
  return Number(date.slice(0, 4));
}

/** Days since 1970-01-01, negative before it. */
export function epochDay(date: CalendarDate): number {
  // A text of this form is midnight in UTC, of the years 1 to 99 too.
  return Date.parse(date) / DAY_MS;
}

/** The inverse of {@link epochDay}. Throws RangeError outside the years 0001 to 9999. */
export function fromEpochDay(epochDayNumber: number): CalendarDate {
  if (!(epochDayNumber >= FIRST_EPOCH_DAY && epochDayNumber <= LAST_EPOCH_DAY)) {
    throw new RangeError(`There is no date ${epochDayNumber} days after 1970-01-01.`);
  }
  return new Date(epochDayNumber * DAY_MS).toISOString().slice(0, 10) as CalendarDate;
}

/** The date `days` later, or earlier if negative. */
export function addDays(date: CalendarDate, days: number): CalendarDate {
  return fromEpochDay(epochDay(date) + days);
}

/** The same day of the year `years` later; 29 February becomes 28 February where there is none. */
export function addYears(date: CalendarDate, years: number): CalendarDate {
  const { year, month, day } = dateParts(date);
  return calendarDateOf(year + years, month, Math.min(day, daysInMonth(year + years, month)));
}

/** Days from `from` to `to`; 0 for the same date, negative if `to` is earlier. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return epochDay(to) - epochDay(from);
}

/** Every date from `start` to `end`, both included, ascending; none if `end` is earlier. */
export function datesInRange(start: CalendarDate, end: CalendarDate): CalendarDate[] {
  const first = epochDay(start);
  return Array.from({ length: Math.max(0, daysBetween(start, end) + 1) }, (_, index) =>
    fromEpochDay(first + index),
  );
}

/** Day of the week, 0 = Sunday to 6 = Saturday. */
export function weekday(date: CalendarDate): number {
  const THURSDAY_1970_01_01 = 4;
  return (((epochDay(date) + THURSDAY_1970_01_01) % 7) + 7) % 7;
}

/** The date that the calendar on the wall shows in an IANA time zone at an instant. Throws RangeError for an unknown zone. */
export function todayIn(timeZone: string, nowMs: number): CalendarDate {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  const parts = new Map(format.formatToParts(nowMs).map((part) => [part.type, Number(part.value)]));
  return calendarDateOf(parts.get('year') ?? 0, parts.get('month') ?? 0, parts.get('day') ?? 0);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
