import fc from 'fast-check';
import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { type CalendarDate, fromEpochDay, parseCalendarDate } from '../../src/calendar/calendar-date.ts';
import { type SelectionRules, selectDates } from '../../src/planning/date-selection.ts';

function date(text: string): CalendarDate {
  const parsed = parseCalendarDate(text);
  if (parsed === null) throw new Error(`${text} is no date`);
  return parsed;
}

function rules(parts: Partial<SelectionRules> = {}): SelectionRules {
  return { excludeDates: [], calendar: calendarNamed('US', {}), today: date('2025-06-30'), ...parts };
}

function range(start: string, end: string): { startDate: CalendarDate; endDate: CalendarDate } {
  return { startDate: date(start), endDate: date(end) };
}

describe('the dates of a backfill', () => {
  test('of June 2024 are 19 to run and 11 to skip', () => {
    const selected = selectDates(range('2024-06-01', '2024-06-30'), rules());
    expect(selected.filter(({ verdict }) => verdict === 'run')).toHaveLength(19);
    const skipped = selected.filter(({ verdict }) => verdict === 'skip');
    expect(skipped).toHaveLength(11);
    expect(new Set(skipped.map(({ reason }) => reason))).toEqual(new Set(['not_business_day']));
  });

  test('given as a list come out ascending and once', () => {
    const dates = ['2024-06-05', '2024-06-03', '2024-06-05'].map(date);
    expect(selectDates({ dates }, rules())).toEqual([
      { positionDate: '2024-06-03', verdict: 'run', reason: null },
      { positionDate: '2024-06-05', verdict: 'run', reason: null },
    ]);
  });

  test('have one reason: excluded before future before not_business_day', () => {
    const selected = selectDates(
      range('2025-06-27', '2025-07-06'),
      rules({ excludeDates: ['2025-06-28', '2025-07-01', '2025-07-05', '2030-01-01'].map(date) }),
    );
    expect(selected.map(({ positionDate, reason }) => [positionDate, reason])).toEqual([
      ['2025-06-27', null],
      ['2025-06-28', 'excluded'],
      ['2025-06-29', 'not_business_day'],
      ['2025-06-30', null],
      ['2025-07-01', 'excluded'],
      ['2025-07-02', 'future'],
      ['2025-07-03', 'future'],
      ['2025-07-04', 'future'],
      ['2025-07-05', 'excluded'],
      ['2025-07-06', 'future'],
    ]);
  });

  test('may span 20 years to the day and not a day more', () => {
    expect(selectDates(range('2004-02-29', '2024-02-29'), rules())).toHaveLength(7306);
    expect(() => selectDates(range('2004-02-29', '2024-03-01'), rules())).toThrow(
      expect.objectContaining({
        code: 'range_too_long',
        details: expect.objectContaining({ max_years: 20 }),
      }),
    );
    expect(() => selectDates({ dates: ['1024-06-03', '2024-06-03'].map(date) }, rules())).toThrow(
      expect.objectContaining({ code: 'range_too_long' }),
    );
    expect(() => selectDates(range('0001-01-01', '9999-12-31'), rules())).toThrow(
      expect.objectContaining({ code: 'range_too_long' }),
    );
  });

  test.each([
    ['end_before_start', range('2024-06-02', '2024-06-01'), rules()],
    ['no_business_day', range('2024-06-01', '2024-06-02'), rules()],
    ['no_business_day', { dates: [date('2024-06-19')] }, rules()],
    ['no_business_day', range('2024-06-03', '2024-06-03'), rules({ excludeDates: [date('2024-06-03')] })],
    ['no_business_day', range('2025-06-28', '2025-07-02'), rules({ today: date('2025-06-29') })],
    ['no_business_day', { dates: [] }, rules()],
    ['all_in_future', range('2025-07-01', '2025-07-31'), rules()],
    ['all_in_future', range('2025-06-30', '2025-07-01'), rules({ excludeDates: [date('2025-06-30')] })],
  ])('are refused as %s', (code, requested, given) => {
    expect(() => selectDates(requested, given)).toThrow(expect.objectContaining({ code }));
  });

  test('of a calendar "none" include weekends', () => {
    const selected = selectDates(
      range('2024-06-01', '2024-06-02'),
      rules({ calendar: calendarNamed('none', {}) }),
    );
    expect(selected.map(({ verdict }) => verdict)).toEqual(['run', 'run']);
  });

  test('property: every date of the range is there once, ascending, with a reason exactly if it is skipped', () => {
    const given = rules();
    fc.assert(
      fc.property(
        fc.integer({ min: 15_000, max: 20_000 }),
        fc.integer({ min: 7, max: 800 }),
        fc.array(fc.integer({ min: 15_010, max: 20_800 }).map(fromEpochDay)),
        (first, days, excludeDates) => {
          const selected = selectDates(
            { startDate: fromEpochDay(first), endDate: fromEpochDay(first + days) },
            { ...given, excludeDates: excludeDates.filter((excluded) => excluded > fromEpochDay(first + 7)) },
          );
          expect(selected.map(({ positionDate }) => positionDate)).toEqual(
            Array.from({ length: days + 1 }, (_, index) => fromEpochDay(first + index)),
          );
          expect(selected.every(({ verdict, reason }) => (verdict === 'run') === (reason === null))).toBe(
            true,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
