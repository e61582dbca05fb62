import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import {
  addDays,
  type CalendarDate,
  datesInRange,
  fromEpochDay,
  parseCalendarDate,
  weekday,
} from '../../src/calendar/calendar-date.ts';
import type { CalendarConfig } from '../../src/config/config.ts';

/** The federal holidays as observed, by year: worked out apart from this product, from 5 U.S.C. 6103 and E.O. 11582. */
const opmObserved: Record<string, string[]> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'opm-observed.json'), 'utf8'),
);

function date(text: string): CalendarDate {
  const parsed = parseCalendarDate(text);
  if (parsed === null) throw new Error(`${text} is no date`);
  return parsed;
}

function calendarConfig(parts: Partial<CalendarConfig>): CalendarConfig {
  return { country: null, state: null, region: null, weekend: [6, 0], add: [], remove: [], ...parts };
}

const anyDate = fc.integer({ min: 14_600, max: 22_000 }).map(fromEpochDay); // 2009 to 2030

describe('the US calendar', () => {
  const us = calendarNamed('US', {});

  test.each(Object.entries(opmObserved))(
    'of %s has the federal holidays as OPM observes them',
    (year, observed) => {
      const days = datesInRange(date(`${year}-01-01`), date(`${year}-12-31`));
      expect(days.filter((day) => us.holidayName(day) !== null)).toEqual(observed);
      expect(
        days.filter((day) => !us.isBusinessDay(day) && weekday(day) !== 0 && weekday(day) !== 6),
      ).toEqual(observed);
    },
  );

  // Read by hand from OPM's yearly lists, against a slip in the table above.
  test.each([
    ['2010-12-31', "New Year's Day (observed)"],
    ['2011-12-26', 'Christmas Day (observed)'],
    ['2012-11-12', 'Veterans Day (observed)'],
    ['2015-07-03', 'Independence Day (observed)'],
    ['2016-12-26', 'Christmas Day (observed)'],
    ['2017-01-16', 'Martin Luther King Jr. Day'],
    ['2018-11-12', 'Veterans Day (observed)'],
    ['2020-07-03', 'Independence Day (observed)'],
    ['2021-06-18', 'Juneteenth (observed)'],
    ['2021-12-31', "New Year's Day (observed)"],
    ['2022-06-20', 'Juneteenth (observed)'],
    ['2023-01-02', "New Year's Day (observed)"],
    ['2023-11-10', 'Veterans Day (observed)'],
    ['2024-06-19', 'Juneteenth'],
    ['2024-11-28', 'Thanksgiving Day'],
    ['2026-07-03', 'Independence Day (observed)'],
  ])('has %s off for %s', (day, name) => {
    expect(us.holidayName(date(day))).toBe(name);
    expect(us.isBusinessDay(date(day))).toBe(false);
  });

  test.each(['2020-06-19', '2021-01-20', '2025-01-09', '2022-12-30', '2023-11-24', '2019-12-24'])(
    'has %s as a business day: no Juneteenth before 2021, no inauguration, no closing by order',
    (day) => {
      expect(us.isBusinessDay(date(day))).toBe(true);
    },
  );

  test('leaves 19 business days of June 2024 and 4,740 / 10 from 2024-01-01 to 2025-11-20', () => {
    const june = datesInRange(date('2024-06-01'), date('2024-06-30'));
    const source = datesInRange(date('2024-01-01'), date('2025-11-20'));
    expect(june.filter(us.isBusinessDay)).toHaveLength(19);
    expect(source.filter(us.isBusinessDay)).toHaveLength(474);
  });

  test('answers for 20 years in under 50 ms once it is warm', () => {
    const days = datesInRange(date('2005-01-01'), date('2024-12-31'));
    const timesMs = [1, 2, 3, 4].map(() => {
      const startMs = performance.now();
      days.filter(us.isBusinessDay);
      return performance.now() - startMs;
    });
    expect(Math.min(...timesMs)).toBeLessThan(50);
  });
});

describe('other calendars', () => {
  test('Bavaria has Corpus Christi and Assumption Day is left to its regions', () => {
    const bavaria = calendarNamed('DE-BY', {});
    expect(bavaria.holidayName(date('2024-05-30'))).toBe('Fronleichnam');
    expect(bavaria.isBusinessDay(date('2024-08-15'))).toBe(true);
    expect(calendarNamed('DE-BY-KATH', {}).isBusinessDay(date('2024-08-15'))).toBe(false);
    expect(calendarNamed('DE-BE', {}).isBusinessDay(date('2024-05-30'))).toBe(true);
  });

  test('an afternoon off, such as Christmas Eve in Germany, leaves a business day', () => {
    expect(calendarNamed('DE', {}).isBusinessDay(date('2024-12-24'))).toBe(true);
  });

  test('New York has Lincoln’s Birthday and the observed Veterans Day that date-holidays files under banks', () => {
    const newYork = calendarNamed('US-NY', {});
    expect(newYork.isBusinessDay(date('2024-02-12'))).toBe(false);
    expect(newYork.isBusinessDay(date('2023-11-10'))).toBe(false);
  });

  test('England has its substitute days', () => {
    const england = calendarNamed('GB-ENG', {});
    expect(england.isBusinessDay(date('2022-01-03'))).toBe(false);
    expect(england.isBusinessDay(date('2022-12-27'))).toBe(false);
    expect(england.isBusinessDay(date('2022-12-28'))).toBe(true);
  });

  test('a feast of several days takes each of them', () => {
    const emirates = calendarNamed('AE', {});
    const eid = datesInRange(date('2024-04-10'), date('2024-04-12'));
    expect(eid.map(emirates.isBusinessDay)).toEqual([false, false, false]);
    expect(emirates.holidayName(date('2024-04-12'))).not.toBeNull();
  });

  test('"none" has business days only', () => {
    const none = calendarNamed('none', {});
    fc.assert(fc.property(anyDate, (any) => none.isBusinessDay(any) && none.holidayName(any) === null));
  });

  test('years for which the rules were never meant have weekends only, and are answered at once', () => {
    const china = calendarNamed('CN', {});
    expect(china.isBusinessDay(date('0001-01-01'))).toBe(true);
    expect(china.isBusinessDay(date('9999-12-31'))).toBe(true);
    expect(china.isBusinessDay(date('9999-12-25'))).toBe(false);
  });
});

describe('a configured calendar', () => {
  test('adds and removes days, and a removed weekend day is worked', () => {
    const desk = calendarNamed('desk', {
      desk: calendarConfig({ country: 'US', add: ['2025-01-09'], remove: ['2024-10-14', '2024-10-12'] }),
    });
    expect(desk.holidayName(date('2025-01-09'))).toBe('Added holiday');
    expect(desk.isBusinessDay(date('2025-01-09'))).toBe(false);
    expect(desk.isBusinessDay(date('2024-10-14'))).toBe(true);
    expect(desk.isBusinessDay(date('2024-10-12'))).toBe(true);
    expect(desk.isBusinessDay(date('2023-11-10'))).toBe(false);
  });

  test('has the weekend it names', () => {
    const riyadh = calendarNamed('riyadh', { riyadh: calendarConfig({ country: 'SA', weekend: [5, 6] }) });
    expect(riyadh.isBusinessDay(date('2024-06-07'))).toBe(false);
    expect(riyadh.isBusinessDay(date('2024-06-09'))).toBe(true);
  });

  test('without a country has weekends and its added days only', () => {
    const plain = calendarNamed('plain', { plain: calendarConfig({ add: ['2024-06-05'] }) });
    expect(datesInRange(date('2024-06-01'), date('2024-06-09')).filter(plain.isBusinessDay)).toEqual([
      '2024-06-03',
      '2024-06-04',
      '2024-06-06',
      '2024-06-07',
    ]);
  });

  test('may refine a calendar under its own name', () => {
    const us = calendarNamed('US', { US: calendarConfig({ country: 'US', remove: ['2024-06-19'] }) });
    expect(us.isBusinessDay(date('2024-06-19'))).toBe(true);
    expect(us.isBusinessDay(date('2023-11-10'))).toBe(false);
  });
});

test('a calendar that is asked for again is the same one, but not that of another configuration', () => {
  const ours = { spare: calendarConfig({ weekend: [] }) };
  const theirs = { spare: calendarConfig({ weekend: [6] }) };
  expect(calendarNamed('spare', ours)).toBe(calendarNamed('spare', ours));
  expect(calendarNamed('spare', ours).isBusinessDay(date('2024-06-01'))).toBe(true);
  expect(calendarNamed('spare', theirs).isBusinessDay(date('2024-06-01'))).toBe(false);
});

describe('a calendar that does not exist', () => {
  test.each([
    ['us', 'Did you mean "US"?'],
    ['DE-BX', '"DE-BB"'],
    ['uk-banks', '"uk-bank"'],
    ['toString', 'Use "none"'],
    ['US-NY-XX', 'Use "none"'],
    ['', 'Use "none"'],
  ])('is refused as unknown_calendar, with what was meant: %j', (name, hint) => {
    expect(() => calendarNamed(name, { 'uk-bank': calendarConfig({ country: 'GB' }) })).toThrow(
      expect.objectContaining({ code: 'unknown_calendar', message: expect.stringContaining(hint) }),
    );
  });

  test('is refused too as the country of a configured calendar', () => {
    expect(() => calendarNamed('desk', { desk: calendarConfig({ country: 'DE', state: 'BYE' }) })).toThrow(
      expect.objectContaining({ code: 'unknown_calendar', message: expect.stringContaining('"DE-BYE"') }),
    );
  });
});

describe('property: every calendar', () => {
  const names = ['US', 'US-NY', 'US-CA', 'DE-BY', 'GB-ENG', 'JP', 'FR', 'BR', 'AE', 'CN'];
  const calendars = names.map((name) => calendarNamed(name, {}));

  test('never works on Saturday, Sunday or a named holiday, and works on every other day', () => {
    fc.assert(
      fc.property(fc.constantFrom(...calendars), anyDate, (calendar, any) => {
        const isWeekend = weekday(any) === 0 || weekday(any) === 6;
        expect(calendar.isBusinessDay(any)).toBe(!isWeekend && calendar.holidayName(any) === null);
      }),
      { numRuns: 300 },
    );
  });

  test('gives the same answer in whatever order the days are asked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(anyDate, { maxLength: 3 }),
        anyDate,
        (name, before, any) => {
          const fresh = calendarNamed(name, {});
          const asked = calendarNamed(name, {});
          before.forEach(asked.isBusinessDay);
          expect(asked.holidayName(any)).toBe(fresh.holidayName(any));
        },
      ),
      { numRuns: 10 },
    );
  });

  test('of the US has a business day in any four days', () => {
    const [us] = calendars;
    fc.assert(
      fc.property(anyDate, (any) => {
        const four = [0, 1, 2, 3].map((days) => addDays(any, days));
        return us !== undefined && four.some(us.isBusinessDay);
      }),
    );
  });
});

test('The calendars are the same in whatever time zone the machine stands', async () => {
  const dumps = await Promise.all(
    ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kolkata', 'UTC'].map((timeZone) => dumpIn(timeZone)),
  );
  expect(dumps.map(({ utcOffsetMinutes }) => utcOffsetMinutes)).toEqual([840, -480, 330, 0]);
  const [reference] = dumps;
  expect(reference?.days).toContain("US 2021-12-31 5 New Year's Day (observed) false 2022-01-01");
  expect(reference?.days.length).toBe(5 * 7670);
  for (const { days } of dumps) expect(days).toEqual(reference?.days);
});

async function dumpIn(timeZone: string): Promise<{ utcOffsetMinutes: number; days: string[] }> {
  const script = join(import.meta.dirname, 'calendar-dump.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, TZ: timeZone },
    maxBuffer: 64 * 1024 * 1024,
  });
  const [utcOffsetMinutes, ...days] = stdout.split('\n');
  return { utcOffsetMinutes: Number(utcOffsetMinutes), days };
}
