import { lookIntervalMs, overdueMs } from '../../workers/look-pace.ts';

const SHARE = 0.04;
const pace = (typicalMs: number | null, oldestMs: number, youngestMs = 0) =>
  lookIntervalMs({ typicalMs, oldestMs, youngestMs, share: SHARE });

test('runs of a minute are looked at every 2.4 s while one is near its usual end', () => {
  expect(pace(60_000, 45_000)).toBe(2_400);
  expect(pace(60_000, 300_000)).toBe(2_400);
});

test('looks are few before any run is near its usual end, and never late for the first', () => {
  expect(pace(30_000, 0)).toBe(6_000);
  expect(pace(60_000, 0)).toBe(10_000);
  expect(pace(60_000, 40_000)).toBe(5_000);
  expect(pace(60_000, 44_000)).toBe(2_400);
});

test('short runs are looked at closer, but not without a pause; long ones every 10 s at least', () => {
  expect(pace(15_000, 14_000)).toBe(300);
  expect(pace(500, 400)).toBe(10);
  expect(pace(3_600_000, 0)).toBe(10_000);
});

test('while nobody knows how long runs take, looks become fewer as the runs grow old', () => {
  expect(pace(null, 0)).toBe(100);
  expect(pace(null, 10_000)).toBe(2_500);
  expect(pace(null, 50_000)).toBe(6_000);
  expect(pace(null, 3_600_000)).toBe(10_000);
});

test('runs that were short before and are long today are not looked at as if they were short', () => {
  expect(pace(2_000, 3_600_000, 4_000)).toBe(10);
  expect(pace(2_000, 3_600_000, 4_001)).toBe(10_000);
  expect(pace(5, 2_000, 2_000)).toBe(10);
});

test('one run that takes long keeps nobody from looking for the ends of the others', () => {
  expect(pace(500, 3_600_000, 100)).toBe(10);
});

test('a run that takes much longer than usual is asked for by its id', () => {
  expect(overdueMs(60_000, 0)).toBe(150_000);
  expect(overdueMs(100, 0)).toBe(2_000);
  expect(overdueMs(3_600_000, 0)).toBe(300_000);
  expect(overdueMs(null, 0)).toBe(120_000);
});

test('a run that still lives is asked for again at twice its age, but every five minutes at least', () => {
  expect(overdueMs(1_000, 2_500)).toBe(2_500);
  expect(overdueMs(1_000, 40_000)).toBe(40_000);
  expect(overdueMs(1_000, 3_600_000)).toBe(300_000);
});
