import fc from 'fast-check';
import { datesInRange, requireCalendarDate } from '../../src/calendar/calendar-date.ts';
import { chooseFailedDates } from '../../src/planning/failed-dates.ts';
import type { LoggedTry } from '../../src/tables/failure-log.ts';

const HOUR_MS = 3_600_000;

type Told = Pick<LoggedTry, 'status' | 'isRetry' | 'failureClass'> & { tookMs: number };

const tryOf: fc.Arbitrary<Told> = fc.record({
  status: fc.constantFrom<LoggedTry['status']>('STARTED', 'SUCCESS', 'FAILED', 'FAILED', 'CANCELLED'),
  isRetry: fc.boolean(),
  failureClass: fc.constantFrom('user_code', 'platform', 'configuration', null),
  tookMs: fc.nat(HOUR_MS),
});
/** The attempts of one date, one after the other. */
const history = fc.array(tryOf, { minLength: 1, maxLength: 6 });
const log = fc.array(history, { minLength: 1, maxLength: 8 });

function triesOf(histories: readonly (readonly Told[])[]): LoggedTry[] {
  return histories.flatMap((ofDate, day) =>
    ofDate.map(({ tookMs, ...one }, index) => ({
      ...one,
      runId: `run-${day}-${index}`,
      jobId: String(day % 2),
      jobName: 'nightly',
      positionDate: `2024-06-${String(day + 1).padStart(2, '0')}`,
      positionEndDate: `2024-06-${String(day + 1).padStart(2, '0')}`,
      startedMs: index * 2 * HOUR_MS,
      endedMs: index * 2 * HOUR_MS + tookMs,
      attempt: index + 1,
      backfillId: null,
    })),
  );
}

test('whatever the log says, only what failed and was not made good runs again, each date once', () => {
  fc.assert(
    fc.property(
      log,
      fc.nat(12 * HOUR_MS),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 7 }),
      fc.context(),
      (histories, sinceMs, maxDates, openDay, context) => {
        const tries = triesOf(histories);
        const shuffled = tries.toSorted(
          (one, other) => one.runId.length - other.runId.length || (one.runId > other.runId ? -1 : 1),
        );
        const isOpen = ({ positionDate }: { positionDate: string }) =>
          positionDate === `2024-06-${String(openDay + 1).padStart(2, '0')}`;
        const rules = { window: { sinceMs }, maxDates, isOpen };
        const choice = chooseFailedDates(shuffled, rules);
        context.log(JSON.stringify(choice));

        const dates = choice.chosen.map(({ positionDate }) => positionDate);
        expect(dates).toEqual([...new Set(dates)].sort());
        expect(dates.length).toBeLessThanOrEqual(maxDates);
        expect(choice.remaining === 0 || dates.length === maxDates).toBe(true);
        for (const date of choice.chosen) {
          const ofDate = tries.filter(({ positionDate }) => positionDate === date.positionDate);
          const original = ofDate.find(({ runId }) => runId === date.originalRunId);
          const later = ofDate.filter(({ startedMs }) => startedMs > (original?.startedMs ?? 0));
          expect(original).toMatchObject({ status: 'FAILED', isRetry: false });
          expect(later.some(({ status }) => status === 'SUCCESS')).toBe(false);
          expect(ofDate.at(-1)).toMatchObject({ status: 'FAILED', runId: date.failedAttempt });
          expect(ofDate.at(-1)?.failureClass).not.toBe('configuration');
          expect(isOpen(date)).toBe(false);
          expect(ofDate.some(({ endedMs, isRetry }) => !isRetry && endedMs >= sinceMs)).toBe(true);
        }
        // No limit and no window: what is neither chosen nor left out has no failure of its own to make good.
        const all = chooseFailedDates(tries, { ...rules, window: { sinceMs: 0 }, maxDates: 100 });
        const known = new Set([...all.chosen, ...all.leftOut].map(({ positionDate }) => positionDate));
        for (const { positionDate } of tries.filter((one) => !known.has(one.positionDate))) {
          const ofDate = tries.filter((one) => one.positionDate === positionDate);
          const since = ofDate.slice(ofDate.findLastIndex(({ status }) => status === 'SUCCESS') + 1);
          expect(since.some(({ status, isRetry }) => status === 'FAILED' && !isRetry)).toBe(false);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a failed retry alone is never an original, and the oldest failure since the last success is', () => {
  const [retried] = triesOf([[{ status: 'FAILED', isRetry: true, failureClass: 'user_code', tookMs: 1 }]]);
  const rules = { window: { sinceMs: 0 }, maxDates: 10, isOpen: () => false };
  expect(chooseFailedDates(retried ? [retried] : [], rules).chosen).toEqual([]);
  const failed = { status: 'FAILED', isRetry: false, failureClass: 'user_code', tookMs: 1 } as const;
  const tries = triesOf([
    [failed, { ...failed, status: 'SUCCESS' }, failed, failed, { ...failed, isRetry: true }],
  ]);
  expect(chooseFailedDates(tries, rules).chosen).toMatchObject([
    { originalRunId: 'run-0-2', failedAttempt: 'run-0-4' },
  ]);
});

test('a window is swept as long as one of its days is failed, whatever windows the others succeeded in', () => {
  const base = { jobId: '1', jobName: 'weekly', isRetry: false, failureClass: 'user_code', attempt: 1 };
  const tryOn = (runId: string, status: LoggedTry['status'], days: [string, string], startedMs: number) => ({
    ...base,
    runId,
    status,
    positionDate: days[0],
    positionEndDate: days[1],
    startedMs,
    endedMs: startedMs + 1,
    backfillId: 'b',
  });
  const rules = { window: { sinceMs: 0 }, maxDates: 10, isOpen: () => false };
  const week: [string, string] = ['2024-06-03', '2024-06-07'];
  const failed = tryOn('week', 'FAILED', week, 1);
  const monday = tryOn('monday', 'SUCCESS', ['2024-06-03', '2024-06-03'], 2);
  expect(chooseFailedDates([failed, monday], rules).chosen).toMatchObject([
    { positionDate: '2024-06-03', positionEndDate: '2024-06-07', failedAttempt: 'week' },
  ]);
  const part = tryOn('part', 'FAILED', ['2024-06-05', '2024-06-07'], 1);
  const whole = tryOn('whole', 'SUCCESS', week, 2);
  expect(chooseFailedDates([part, whole], rules).chosen).toEqual([]);
});

describe('of failed windows that overlap', () => {
  const fail = (
    runId: string,
    positionDate: string,
    positionEndDate: string,
    startedMs: number,
  ): LoggedTry => ({
    runId,
    jobId: '1',
    jobName: 'weekly',
    positionDate,
    positionEndDate,
    status: 'FAILED',
    startedMs,
    endedMs: startedMs + 1,
    attempt: 1,
    isRetry: false,
    failureClass: 'user_code',
    backfillId: 'b',
  });
  const rules = { window: { sinceMs: 0 }, maxDates: 10, isOpen: () => false };
  const shown = (tries: readonly LoggedTry[], maxDates = 10) => {
    const { chosen, remaining } = chooseFailedDates(tries, { ...rules, maxDates });
    return [...chosen.map(({ positionDate, positionEndDate }) => [positionDate, positionEndDate]), remaining];
  };

  test('a window that lies in another one runs with it', () => {
    const tries = [fail('a', '2024-06-03', '2024-06-07', 1), fail('b', '2024-06-05', '2024-06-07', 2)];
    expect(shown(tries)).toEqual([['2024-06-03', '2024-06-07'], 0]);
    expect(shown(tries, 1)).toEqual([['2024-06-03', '2024-06-07'], 0]);
  });

  test('a window that reaches beyond another one runs the days that are left', () => {
    const tries = [fail('a', '2024-06-03', '2024-06-05', 1), fail('b', '2024-06-04', '2024-06-07', 2)];
    expect(shown(tries)).toEqual([['2024-06-03', '2024-06-05'], ['2024-06-06', '2024-06-07'], 0]);
  });

  test('property: each failed day is chosen exactly once', () => {
    const window = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(8), fc.nat(5));
    const day = (number: number) => `2024-06-${String(number).padStart(2, '0')}`;
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 8 }), (windows) => {
        const tries = windows.map(([from, length, startedMs], index) =>
          fail(`run-${index}`, day(from), day(from + length), startedMs),
        );
        const daysOfWindow = (one: { positionDate: string; positionEndDate: string }) =>
          datesInRange(requireCalendarDate(one.positionDate), requireCalendarDate(one.positionEndDate));
        const { chosen } = chooseFailedDates(tries, rules);
        expect(chosen.flatMap(daysOfWindow)).toEqual([...new Set(tries.flatMap(daysOfWindow))].sort());
      }),
      { numRuns: 300 },
    );
  });
});
