import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { addDays, type CalendarDate, calendarDateOf } from '../../src/calendar/calendar-date.ts';

const US = calendarNamed('US', {});
let next: CalendarDate = calendarDateOf(2024, 7, 1);

/** The next so many business days that have source rows and that no other test of this file has had. */
export function sourceDays(count: number): string[] {
  const days: string[] = [];
  for (; days.length < count; next = addDays(next, 1)) if (US.isBusinessDay(next)) days.push(next);
  return days;
}
