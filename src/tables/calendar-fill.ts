import { calendarNamed } from '../calendar/business-calendar.ts';
import { datesInRange, parseCalendarDate } from '../calendar/calendar-date.ts';
import type { TablesConfig } from '../config/config.ts';
import type { Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import type { TableNames } from './table-names.ts';

/** Week of the month: days 1 to 7 are week 1, 8 to 14 week 2, and so on to 5, whatever the weekday. */
const WEEK_OF_THE_MONTH = 'CAST(ceil(day(calendar_date) / 7.0) AS INT)';

/**
 * Brings the calendar table to the configured range: missing dates are added, changed flags corrected,
 * dates outside the range left. The US flag is the federal calendar as observed; the global one equals it.
 *
 * @returns how many dates the range has.
 * @throws BackfillError `configuration_invalid` if an end of the range is no date or they are swapped.
 */
export async function fillCalendar(
  warehouse: Warehouse,
  names: TableNames,
  range: TablesConfig['calendar'],
): Promise<number> {
  const from = parseCalendarDate(range.from);
  const to = parseCalendarDate(range.to);
  if (from === null || to === null || from > to) {
    throw new BackfillError(
      'configuration_invalid',
      `The range of the calendar table must be two dates YYYY-MM-DD in order, but is ${range.from} to ${range.to}.`,
      { details: { from: range.from, to: range.to } },
    );
  }
  const federal = calendarNamed('US', {});
  const days = datesInRange(from, to).map((date) => ({
    calendar_date: date,
    flag: federal.isBusinessDay(date) ? 'B' : 'H',
  }));
  await warehouse.execute(mergeStatement(names), { days: JSON.stringify(days) }, { idempotent: true });
  return days.length;
}

function mergeStatement(names: TableNames): string {
  return `
MERGE INTO ${names.calendar} AS target
USING (
  SELECT calendar_date, CAST(year(calendar_date) AS INT) AS calendar_year,
    CAST(quarter(calendar_date) AS INT) AS quarter_of_the_year,
    CAST(month(calendar_date) AS INT) AS month_of_the_year,
    ${WEEK_OF_THE_MONTH} AS week_of_the_month, flag
  FROM (
    SELECT CAST(calendar_date AS DATE) AS calendar_date, flag
    FROM (SELECT inline(from_json(:days, 'array<struct<calendar_date:string,flag:string>>')))
  )
) AS source
ON target.calendar_date = source.calendar_date
WHEN MATCHED AND (target.us_business_or_holiday_flag <> source.flag OR target.global_business_or_holiday_flag <> source.flag)
THEN UPDATE SET us_business_or_holiday_flag = source.flag, global_business_or_holiday_flag = source.flag
WHEN NOT MATCHED THEN INSERT (calendar_date, calendar_year, quarter_of_the_year, month_of_the_year,
  week_of_the_month, us_business_or_holiday_flag, global_business_or_holiday_flag)
VALUES (source.calendar_date, source.calendar_year, source.quarter_of_the_year, source.month_of_the_year,
  source.week_of_the_month, source.flag, source.flag)`.trim();
}
