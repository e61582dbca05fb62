import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { addDays, calendarDateOf, datesInRange, weekday } from '../../src/calendar/calendar-date.ts';

// Prints the offset of the zone that really is in force (in January, minutes), then every day of several calendars: the test starts this under
// several values of TZ and compares.
const lines = [String(-new Date(2024, 0, 1).getTimezoneOffset())];
for (const name of ['US', 'US-NY', 'DE-BY', 'JP', 'AE']) {
  const calendar = calendarNamed(name, {});
  for (const date of datesInRange(calendarDateOf(2010, 1, 1), calendarDateOf(2030, 12, 31))) {
    const holiday = calendar.holidayName(date) ?? '';
    lines.push(
      `${name} ${date} ${weekday(date)} ${holiday} ${calendar.isBusinessDay(date)} ${addDays(date, 1)}`,
    );
  }
}
process.stdout.write(lines.join('\n'));
