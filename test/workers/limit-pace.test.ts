import { limitLeaseMs } from '../../workers/limit-pace.ts';

const TURN_MS = 5_000;
const lease = (unchangedMs: number, typicalMs: number | null) =>
  limitLeaseMs(TURN_MS, unchangedMs, typicalMs);

test('a limit that has changed lately is read each turn', () => {
  expect(lease(0, 3_600_000)).toBe(5_000);
  expect(lease(30_000, 3_600_000)).toBe(5_000);
});

test('a steady limit is read every second turn at most, and twice in a run of half a minute', () => {
  expect(lease(30_001, null)).toBe(9_500);
  expect(lease(30_001, 500)).toBe(9_500);
  expect(lease(30_001, 30_000)).toBe(14_500);
});

test('a steady limit is read every half a minute at least, however long the runs', () => {
  expect(lease(3_600_000, 3_600_000)).toBe(29_500);
});
