import { type Figure, figureTable, isMet } from '../../bench/figure.ts';

const figure: Figure = {
  suite: 'slot-use',
  name: 'wall time / ideal',
  measured: 1.15,
  target: 1.15,
  unit: '',
};

test('a figure meets its target up to the target itself, and misses it above', () => {
  expect(isMet(figure)).toBe(true);
  expect(isMet({ ...figure, measured: 1.1501 })).toBe(false);
  expect(isMet({ ...figure, measured: Number.NaN })).toBe(false);
});

test('a figure without a target can not be missed', () => {
  expect(isMet({ ...figure, measured: 99, target: null })).toBe(true);
});

test('the table shows each figure beside its target, and says which one is missed', () => {
  const [head, met, missed, explaining] = figureTable([
    figure,
    { ...figure, measured: 1.2 },
    { ...figure, name: 'wall time', measured: 55.123, target: null, unit: 's' },
  ]).split('\n');
  expect(head).toMatch(/^suite +figure +measured +target +met$/);
  expect(met).toMatch(/1\.15 +<= 1\.15 +yes$/);
  expect(missed).toMatch(/1\.2 +<= 1\.15 +NO$/);
  expect(explaining).toMatch(/wall time +55\.1 s$/);
});
