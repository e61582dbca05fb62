import Holidays, { type HolidaysTypes } from 'date-holidays';
import { addDays, type CalendarDate, parseCalendarDate } from './calendar-date.ts';
import type { HolidayNames } from './holiday-years.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A country of date-holidays with an optional state and region, in its codes: `DE`, `BY`, `A`. */
export interface Locality {
  readonly country: string;
  readonly state: string | null;
  readonly region: string | null;
}

/**
 * The days off of a locality for the rules of a year, substitute days included. Public holidays count, and
 * substitute days that are bank holidays (date-holidays files the one of Veterans Day there). A holiday that
 * takes only part of a day leaves a business day.
 */
export function regionalHolidays(locality: Locality): (year: number) => HolidayNames {
  const holidays = holidaysOf(locality);
  return (year) => {
    const names = new Map<CalendarDate, string>();
    for (const holiday of holidays.getHolidays(year)) {
      if (holiday.type !== 'public' && !(holiday.type === 'bank' && holiday.substitute === true)) continue;
      for (const date of wholeDaysOf(holiday)) names.set(date, holiday.name);
    }
    return names;
  };
}

/** The public holidays of a locality on their own dates, without substitute days. */
export function unshiftedHolidays(locality: Locality): (year: number) => HolidayNames {
  const holidays = holidaysOf(locality);
  return (year) =>
    new Map(
      holidays
        .getHolidays(year)
        .filter((holiday) => holiday.type === 'public' && holiday.substitute !== true)
        .flatMap((holiday) => wholeDaysOf(holiday).map((date) => [date, holiday.name] as const)),
    );
}

/** The locality named `US`, `DE-BY` or `DE-BY-A`, or null if date-holidays does not know it. */
export function localityNamed(name: string): Locality | null {
  const [country = '', state = null, region = null, ...rest] = name.split('-');
  const codes = new Holidays();
  if (rest.length > 0 || !Object.hasOwn(codes.getCountries(), country)) return null;
  if (state !== null && !Object.hasOwn(codes.getStates(country) ?? {}, state)) return null;
  if (state !== null && region !== null && !Object.hasOwn(codes.getRegions(country, state) ?? {}, region))
    return null;
  return { country, state, region };
}

/** Names that {@link localityNamed} knows: every country, and the states of the country that `name` begins with. */
export function localitiesNear(name: string): string[] {
  const codes = new Holidays();
  const country = name.split('-')[0]?.toUpperCase() ?? '';
  const states = name.includes('-') ? Object.keys(codes.getStates(country) ?? {}) : [];
  return [...states.map((state) => `${country}-${state}`), ...Object.keys(codes.getCountries())];
}

function holidaysOf({ country, state, region }: Locality): Holidays {
  if (state === null) return new Holidays(country);
  return region === null ? new Holidays(country, state) : new Holidays(country, state, region);
}

function wholeDaysOf(holiday: HolidaysTypes.Holiday): CalendarDate[] {
  const first = parseCalendarDate(holiday.date.slice(0, 10));
  if (first === null) throw new TypeError(`date-holidays gave "${holiday.date}" for ${holiday.name}.`);
  // start and end are instants, an hour short where a clock goes forward between them; only their distance
  // is used, because the instants themselves depend on the machine's time zone.
  const days = Math.floor((holiday.end.getTime() - holiday.start.getTime() + HOUR_MS) / DAY_MS);
  return Array.from({ length: days }, (_, index) => addDays(first, index));
}
