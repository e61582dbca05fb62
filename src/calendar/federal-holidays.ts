import { addDays, type CalendarDate, weekday } from './calendar-date.ts';
import type { HolidayNames } from './holiday-years.ts';
import { unshiftedHolidays } from './regional-holidays.ts';

/**
 * The federal holidays of the United States as observed: one on Saturday is observed on the Friday before,
 * one on Sunday on the Monday after, in the neighbouring year too. date-holidays gives the holidays; its own
 * substitute days are not used, because it lacks some (Veterans Day) as public holidays.
 *
 * Source: 5 U.S.C. 6103 and Executive Order 11582, as OPM publishes them
 * (https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/). Inauguration Day, which holds in
 * the Washington area only, and closings by executive order are not part of it.
 */
export function federalHolidays(): (year: number) => HolidayNames {
  const holidaysFrom = unshiftedHolidays({ country: 'US', state: null, region: null });
  return (year) =>
    new Map([...holidaysFrom(year)].map(([date, name]) => [observed(date), nameObserved(date, name)]));
}

function observed(date: CalendarDate): CalendarDate {
  switch (weekday(date)) {
    case 6:
      return addDays(date, -1);
    case 0:
      return addDays(date, 1);
    default:
      return date;
  }
}

function nameObserved(date: CalendarDate, name: string): string {
  return observed(date) === date ? name : `${name} (observed)`;
}
