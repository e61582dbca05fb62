import { LRUCache } from 'lru-cache';
import type { CalendarConfig, Config } from '../config/config.ts';
import { didYouMean } from '../config/near-match.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { type CalendarDate, weekday } from './calendar-date.ts';
import { federalHolidays } from './federal-holidays.ts';
import { HolidayYears } from './holiday-years.ts';
import { localitiesNear, localityNamed, regionalHolidays } from './regional-holidays.ts';

/** Which dates are business days. Pure calendar arithmetic: the machine's time zone has no say. */
export interface BusinessCalendar {
  readonly name: string;
  isBusinessDay(date: CalendarDate): boolean;
  /** Name of the holiday observed on the date, or null; a weekend day without a holiday has none. */
  holidayName(date: CalendarDate): string | null;
}

/** Sunday and Saturday, as {@link weekday} numbers them. */
const SATURDAY_AND_SUNDAY: readonly number[] = [6, 0];

/** More than a configuration uses; requests may name any locality. */
const MAX_KNOWN = 50;
const KNOWN = new WeakMap<Config['calendars'], LRUCache<string, BusinessCalendar>>();

/**
 * The calendar of that name: a key of `calendars`, `none` (every day is a business day), `US` (federal, as
 * observed), or a country[-state[-region]] of date-holidays such as `US-NY` or `DE-BY`. Who asks again gets
 * the same one, which remembers the years that it has worked out: that takes several times longer than asking
 * it of every day of them.
 *
 * @throws BackfillError `unknown_calendar`
 */
export function calendarNamed(name: string, calendars: Config['calendars']): BusinessCalendar {
  const known = KNOWN.get(calendars) ?? new LRUCache<string, BusinessCalendar>({ max: MAX_KNOWN });
  KNOWN.set(calendars, known);
  const calendar = known.get(name) ?? newCalendar(name, calendars);
  known.set(name, calendar);
  return calendar;
}

function newCalendar(name: string, calendars: Config['calendars']): BusinessCalendar {
  const configured = Object.hasOwn(calendars, name) ? calendars[name] : undefined;
  if (configured !== undefined) return configuredCalendar(name, configured);
  if (name === 'none') return { name, isBusinessDay: () => true, holidayName: () => null };
  const holidays = holidaysOf(name);
  if (holidays !== null) return calendarOf(name, (date) => holidays.nameOf(date), SATURDAY_AND_SUNDAY);

  const known = [...Object.keys(calendars), 'none', ...localitiesNear(name)];
  throw new BackfillError(
    'unknown_calendar',
    `There is no calendar "${name}".${didYouMean(name, known)} Use "none", a country or country-state such as "US", "US-NY" or "DE-BY", or a key of backfill.calendars.`,
    { details: { calendar: name, configured: Object.keys(calendars) } },
  );
}

function configuredCalendar(name: string, config: CalendarConfig): BusinessCalendar {
  const { country, state, region } = config;
  const locality = [country, state, region].filter((code) => code !== null).join('-');
  const holidays = country === null ? null : holidaysOf(locality);
  if (country !== null && holidays === null) {
    throw new BackfillError(
      'unknown_calendar',
      `The calendar "${name}" builds on "${locality}", which is no country or state known.${didYouMean(locality, localitiesNear(locality))}`,
      { details: { calendar: name, locality } },
    );
  }
  const added = new Set(config.add);
  const removed = new Set(config.remove);
  const calendar = calendarOf(
    name,
    (date) => {
      if (removed.has(date)) return null;
      return holidays?.nameOf(date) ?? (added.has(date) ? 'Added holiday' : null);
    },
    config.weekend,
  );
  // A removed day is worked even on a weekend: so China's working Saturdays can be told.
  return { ...calendar, isBusinessDay: (date) => removed.has(date) || calendar.isBusinessDay(date) };
}

function calendarOf(
  name: string,
  holidayName: (date: CalendarDate) => string | null,
  weekend: readonly number[],
): BusinessCalendar {
  return {
    name,
    holidayName,
    isBusinessDay: (date) => !weekend.includes(weekday(date)) && holidayName(date) === null,
  };
}

function holidaysOf(name: string): HolidayYears | null {
  if (name === 'US') return new HolidayYears(federalHolidays());
  const locality = localityNamed(name);
  return locality === null ? null : new HolidayYears(regionalHolidays(locality));
}
