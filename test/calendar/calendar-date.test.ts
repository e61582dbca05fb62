import fc from 'fast-check';
import {
  addDays,
  addYears,
  type CalendarDate,
  calendarDateOf,
  dateParts,
  datesInRange,
  daysBetween,
  epochDay,
  fromEpochDay,
  parseCalendarDate,
  todayIn,
  weekday,
} from '../../src/calendar/calendar-date.ts';

const FIRST_EPOCH_DAY = -719_162;
const LAST_EPOCH_DAY = 2_932_896;
const anyDate = fc.integer({ min: FIRST_EPOCH_DAY + 400, max: LAST_EPOCH_DAY - 400 }).map(fromEpochDay);

function date(text: string): CalendarDate {
  const parsed = parseCalendarDate(text);
  if (parsed === null) throw new Error(`${text} is no date`);
  return parsed;
}

describe('a calendar date', () => {
  test.each([
    '2024-02-30',
    '2023-02-29',
    '1900-02-29',
    '2024-04-31',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '2024-1-1',
    '24-01-01',
    '2024-01-01T00:00:00Z',
    ' 2024-01-01',
    '2024-01-01\n',
    '0000-01-01',
    '+002024-01-01',
    '٢٠٢٤-٠١-٠١',
    '',
  ])('is not read from %j', (text) => {
    expect(parseCalendarDate(text)).toBeNull();
  });

  test.each(['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2024-12-31'])(
    'is read from %s',
    (text) => {
      expect(parseCalendarDate(text)).toBe(text);
    },
  );

  test('has the weekday that the wall calendar shows', () => {
    expect(weekday(date('2024-06-01'))).toBe(6);
    expect(weekday(date('1970-01-01'))).toBe(4);
    expect(weekday(date('1969-12-28'))).toBe(0);
    expect(weekday(date('1900-01-01'))).toBe(1);
  });

  test('counts its epoch days from 1970 over all nine thousand years', () => {
    expect(epochDay(date('1970-01-01'))).toBe(0);
    expect(epochDay(date('0001-01-01'))).toBe(FIRST_EPOCH_DAY);
    expect(epochDay(date('9999-12-31'))).toBe(LAST_EPOCH_DAY);
  });

  test('does not leave the calendar at its ends', () => {
    expect(() => addDays(date('9999-12-31'), 1)).toThrow(RangeError);
    expect(() => addDays(date('0001-01-01'), -1)).toThrow(RangeError);
  });

  test('twenty years after 29 February of a leap year is a leap day again, one year after is not', () => {
    expect(addYears(date('2004-02-29'), 20)).toBe('2024-02-29');
    expect(addYears(date('2024-02-29'), 1)).toBe('2025-02-28');
  });

  test('is every day of a leap year in a range, once and ascending', () => {
    const year = datesInRange(date('2024-01-01'), date('2024-12-31'));
    expect(year).toHaveLength(366);
    expect(year).toEqual([...new Set(year)].sort());
    expect(datesInRange(date('2024-01-02'), date('2024-01-01'))).toEqual([]);
  });

  test('property: comes back from its epoch day and from its parts', () => {
    fc.assert(
      fc.property(anyDate, (any) => {
        const { year, month, day } = dateParts(any);
        expect(fromEpochDay(epochDay(any))).toBe(any);
        expect(calendarDateOf(year, month, day)).toBe(any);
        expect(parseCalendarDate(any)).toBe(any);
      }),
    );
  });

  test('property: adding days is undone by subtracting them, keeps the order of text, and moves the weekday', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: -400, max: 400 }), (any, days) => {
        const moved = addDays(any, days);
        expect(addDays(moved, -days)).toBe(any);
        expect(daysBetween(any, moved)).toBe(days);
        expect(moved < any).toBe(days < 0);
        expect(Math.abs((weekday(moved) - weekday(any) - days) % 7)).toBe(0);
      }),
    );
  });
});

describe('today', () => {
  test('is a day apart on the two sides of the date line', () => {
    const instantMs = Date.UTC(2024, 0, 1, 10, 30);
    expect(todayIn('Pacific/Kiritimati', instantMs)).toBe('2024-01-02');
    expect(todayIn('Pacific/Pago_Pago', instantMs)).toBe('2023-12-31');
    expect(todayIn('UTC', instantMs)).toBe('2024-01-01');
  });

  test('turns at midnight of the zone', () => {
    const midnightInKolkataMs = Date.UTC(2024, 2, 9, 18, 30);
    expect(todayIn('Asia/Kolkata', midnightInKolkataMs - 1)).toBe('2024-03-09');
    expect(todayIn('Asia/Kolkata', midnightInKolkataMs)).toBe('2024-03-10');
  });

  test('is not guessed for a zone that does not exist', () => {
    expect(() => todayIn('Mars/Olympus', 0)).toThrow(RangeError);
  });
});
