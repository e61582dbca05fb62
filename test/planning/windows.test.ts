import fc from 'fast-check';
import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { addDays, type CalendarDate, daysBetween, fromEpochDay } from '../../src/calendar/calendar-date.ts';
import { selectDates } from '../../src/planning/date-selection.ts';
import { blockOf, type Granularity, parseGranularity } from '../../src/planning/granularity.ts';
import { daysOf, type PlanWindow, settledWindows, windowsOf } from '../../src/planning/window-plan.ts';

const TODAY = '2025-06-30' as CalendarDate;
const US = calendarNamed('US', {});

function granularity(text: string): Granularity {
  const parsed = parseGranularity(text);
  if (parsed === undefined) throw new Error(`${text} is no granularity`);
  return parsed;
}

interface Asked {
  readonly exclude?: readonly string[];
  readonly calendar?: string;
  readonly done?: readonly string[];
}

/** The windows of a range as the log leaves them: `first..last`, skipped days as `date reason`. */
function cut(range: string, by: string, { exclude = [], calendar = 'US', done = [] }: Asked = {}): string[] {
  const [startDate, endDate] = range.split('..') as [CalendarDate, CalendarDate];
  const days = selectDates(
    { startDate, endDate },
    {
      excludeDates: exclude as CalendarDate[],
      calendar: calendarNamed(calendar, {}),
      today: TODAY,
    },
  ).map((day) => ({ ...day, spanned: day.reason === 'not_business_day' }));
  const planned = windowsOf(days, granularity(by));
  return settledWindows(planned, granularity(by), {
    reasonAgainst: (day) => (done.includes(day) ? 'already_succeeded' : null),
    isDone: (day) => done.includes(day),
  }).map(shown);
}

function shown({ positionDate, endDate, reason }: PlanWindow): string {
  return reason === null ? `${positionDate}..${endDate}` : `${positionDate} ${reason}`;
}

const run = (entries: readonly string[]) => entries.filter((entry) => entry.includes('..'));

describe('a window', () => {
  test('of a week goes from its first business day to its last, and its weekend is skipped by itself', () => {
    expect(cut('2024-06-03..2024-06-12', 'week')).toEqual([
      '2024-06-03..2024-06-07',
      '2024-06-08 not_business_day',
      '2024-06-09 not_business_day',
      '2024-06-10..2024-06-12',
    ]);
  });

  test('of a month reaches across its weekends and holidays', () => {
    const entries = cut('2024-06-01..2024-07-31', 'month');
    expect(run(entries)).toEqual(['2024-06-03..2024-06-28', '2024-07-01..2024-07-31']);
    expect(entries).toContain('2024-06-19 not_business_day');
  });

  test('of N days lies in blocks that the range does not move, so that overlapping ranges agree', () => {
    const days = { calendar: 'none' };
    expect(cut('2024-06-01..2024-06-12', '5 days', days)).toEqual([
      '2024-06-01..2024-06-04',
      '2024-06-05..2024-06-09',
      '2024-06-10..2024-06-12',
    ]);
    expect(cut('2024-06-03..2024-06-09', '5d', days)).toEqual([
      '2024-06-03..2024-06-04',
      '2024-06-05..2024-06-09',
    ]);
    expect(cut('2024-06-01..2024-06-12', '5 days from 2024-06-01', days)).toEqual([
      '2024-06-01..2024-06-05',
      '2024-06-06..2024-06-10',
      '2024-06-11..2024-06-12',
    ]);
  });

  test('of 7 days from a Sunday is a week that begins on Sundays', () => {
    expect(run(cut('2024-06-01..2024-06-16', '7 days from 2024-01-07', { calendar: 'none' }))).toEqual([
      '2024-06-01..2024-06-01',
      '2024-06-02..2024-06-08',
      '2024-06-09..2024-06-15',
      '2024-06-16..2024-06-16',
    ]);
  });

  test('ends before a day that is excluded, done or in the future, weekend days too', () => {
    expect(cut('2024-06-03..2024-06-07', 'week', { exclude: ['2024-06-05'] })).toEqual([
      '2024-06-03..2024-06-04',
      '2024-06-05 excluded',
      '2024-06-06..2024-06-07',
    ]);
    expect(cut('2024-06-03..2024-06-07', 'week', { done: ['2024-06-03', '2024-06-06'] })).toEqual([
      '2024-06-03 already_succeeded',
      '2024-06-04..2024-06-05',
      '2024-06-06 already_succeeded',
      '2024-06-07..2024-06-07',
    ]);
    const weekend = { exclude: ['2024-06-08'], done: ['2024-06-16'] };
    expect(run(cut('2024-06-03..2024-06-21', 'month', weekend))).toEqual([
      '2024-06-03..2024-06-07',
      '2024-06-10..2024-06-14',
      '2024-06-17..2024-06-21',
    ]);
    expect(run(cut('2025-06-27..2025-07-02', 'week'))).toEqual([
      '2025-06-27..2025-06-27',
      '2025-06-30..2025-06-30',
    ]);
  });

  test('of the days of a failed window is that window again, whatever else is asked for', () => {
    const failed = ['2024-06-03..2024-06-28', '2024-08-01..2024-08-30'];
    const days = failed.flatMap((window) => {
      const [positionDate, endDate] = window.split('..') as [CalendarDate, CalendarDate];
      return daysOf({ positionDate, endDate });
    });
    const selected = selectDates({ dates: days }, { excludeDates: [], calendar: US, today: TODAY });
    const again = windowsOf(
      selected.map((day) => ({ ...day, spanned: day.reason === 'not_business_day' })),
      granularity('month'),
    );
    expect(run(again.map(shown))).toEqual(failed);
  });
});

test('property: windows hold each day to run once, no barred day, and lie in one block in order', () => {
  const first = 19_500;
  const offsets = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 120 }),
      fc.constantFrom('day', 'week', 'month', '2 days', '5 days', '30 days from 2024-02-29'),
      fc.constantFrom('US', 'none'),
      offsets,
      offsets,
      (length, by, calendar, excludedDays, doneDays) => {
        const exclude = excludedDays.map((offset) => fromEpochDay(first + offset));
        const done = doneDays.map((offset) => fromEpochDay(first + offset));
        const asked = { startDate: fromEpochDay(first), endDate: fromEpochDay(first + length) };
        const rules = { excludeDates: exclude, calendar: calendarNamed(calendar, {}), today: TODAY };
        const wanted = daysOf({ positionDate: asked.startDate, endDate: asked.endDate }).filter(
          (day) => !exclude.includes(day) && rules.calendar.isBusinessDay(day),
        );
        fc.pre(wanted.length > 0);
        const days = selectDates(asked, rules).map((day) => ({
          ...day,
          spanned: day.reason === 'not_business_day',
        }));
        const planned = windowsOf(days, granularity(by));
        const settled = settledWindows(planned, granularity(by), {
          reasonAgainst: (day) => (done.includes(day) ? 'already_succeeded' : null),
          isDone: (day) => done.includes(day),
        });
        const windows = settled.filter(({ reason }) => reason === null);
        const skipped = settled
          .filter(({ reason }) => reason !== null)
          .map(({ positionDate }) => positionDate);
        const held = windows.flatMap(daysOf);

        expect(settled.map(({ positionDate }) => positionDate)).toEqual(
          settled.map(({ positionDate }) => positionDate).toSorted(),
        );
        expect(held.filter((day) => !skipped.includes(day))).toEqual(
          wanted.filter((day) => !done.includes(day)),
        );
        expect(new Set(held).size).toBe(held.length);
        for (const day of [...exclude, ...done]) expect(held).not.toContain(day);
        for (const { positionDate, endDate } of windows) {
          expect(blockOf(positionDate, granularity(by))).toBe(blockOf(endDate, granularity(by)));
          expect(rules.calendar.isBusinessDay(positionDate) && rules.calendar.isBusinessDay(endDate)).toBe(
            true,
          );
          expect(daysBetween(positionDate, endDate)).toBeGreaterThanOrEqual(0);
        }
        // Every day asked for is there: as a day of a window or by itself with a reason.
        const there = new Set([...held, ...skipped]);
        for (let day = asked.startDate; day <= asked.endDate; day = addDays(day, 1))
          expect(there.has(day)).toBe(true);
        // What the log has not changed is not changed by asking it.
        if (done.length === 0) expect(settled).toEqual(planned);
      },
    ),
    { numRuns: 150 },
  );
});

describe('windows that overlap in a plan', () => {
  const weekdays = (range: string): PlanWindow => {
    const [positionDate, endDate] = range.split('..') as [CalendarDate, CalendarDate];
    return { positionDate, endDate, reason: null };
  };
  const none = { reasonAgainst: () => null, isDone: () => false };

  test('are settled with each day once, whatever the granularity is now', () => {
    const plan = [weekdays('2024-06-03..2024-06-07'), weekdays('2024-06-05..2024-06-07')];
    expect(settledWindows(plan, granularity('week'), none).map(shown)).toEqual(['2024-06-03..2024-06-07']);
    expect(settledWindows(plan, granularity('day'), none).map(({ positionDate }) => positionDate)).toEqual([
      '2024-06-03',
      '2024-06-04',
      '2024-06-05',
      '2024-06-06',
      '2024-06-07',
    ]);
  });

  test('property: never overlap after settling, and hold each day of the plan exactly once', () => {
    const first = 19_500;
    const window = fc.tuple(fc.nat(40), fc.nat(12));
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('day', 'week', 'month', '5 days'),
        fc.uniqueArray(fc.nat(52), { maxLength: 6 }),
        (spans, by, doneDays) => {
          const done = new Set(doneDays.map((offset) => fromEpochDay(first + offset)));
          const plan = spans.map(([from, length]) => ({
            positionDate: fromEpochDay(first + from),
            endDate: fromEpochDay(first + from + length),
            reason: null,
          }));
          const settled = settledWindows(plan, granularity(by), {
            reasonAgainst: (day) => (done.has(day) ? 'already_succeeded' : null),
            isDone: (day) => done.has(day),
          });
          const asked = [...new Set(plan.flatMap(daysOf))].sort();
          expect(settled.flatMap(daysOf)).toEqual(asked);
        },
      ),
      { numRuns: 200 },
    );
  });
});
