import { figure, isMet } from '../../bench/figure.ts';
import { figureTable } from '../../bench/figure-table.ts';

const reference = { name: 'ideal', value: 10 };
const target = { of: 'ratio', most: 1.05 } as const;
const within = figure('slot-use', 'wall time', [10.5, 's'], { reference, target });
const beyond = figure('slot-use', 'wall time', [10.6, 's'], { reference, target });

test('a figure meets its target up to the target itself, and misses it above', () => {
  expect(isMet(within)).toBe(true);
  expect(isMet(beyond)).toBe(false);
  expect(isMet(figure('log', 'nothing measured', [Number.NaN, 's'], { reference, target }))).toBe(false);
});

test('a target may be of the figure itself, and may be a least', () => {
  const rate = (ours: number) =>
    figure('dispatch', 'rate', [ours, '/s'], { target: { of: 'ours', least: 5 } });
  expect([rate(4), rate(5)].map(isMet)).toEqual([false, true]);
});

test('a figure without a target can not be missed', () => {
  expect(isMet(figure('memory', 'idle', [99, 'MB']))).toBe(true);
});

test('the table shows each figure beside its reference and target, and says which one is missed', () => {
  const explaining = figure('slot-use', 'cold start', [55.123, 'ms']);
  const [head, met, missed, rest] = figureTable([within, beyond, explaining]).split('\n');
  expect(head).toMatch(/^figure +ours +reference +ratio +target +met$/);
  expect(met).toMatch(/^slot-use: wall time +10\.5 s +10 s ideal +1\.05 +ratio <= 1\.05 +yes$/);
  expect(missed).toMatch(/1\.06 +ratio <= 1\.05 +NO$/);
  expect(rest).toMatch(/cold start +55\.1 ms$/);
});

test('the table of a short bench judges nothing', () => {
  expect(figureTable([beyond], false)).not.toMatch(/NO|1\.05/);
});
