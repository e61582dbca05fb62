import { idealMs } from '../../bench/ideal.ts';
import { slotDelaysMs } from '../../bench/ledger.ts';

test('the ideal starts each run as soon as a slot is free, and no run is split', () => {
  expect(idealMs([4, 2, 2, 4], 2)).toBe(8);
  expect(idealMs([5, 5, 5], 2)).toBe(10);
});

test('each start after the first ones takes the slot that was freed first', () => {
  const runs = [
    { askedMs: 0, endedMs: 100 },
    { askedMs: 0, endedMs: 50 },
    { askedMs: 70, endedMs: 300 },
    { askedMs: 130, endedMs: 200 },
  ];
  expect(slotDelaysMs(runs, 2)).toEqual([20, 30]);
});
