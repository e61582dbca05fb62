import type { PlannedDate } from '../../queues/plan/plan-text.ts';
import { pauseBackfill } from '../../queues/scripts/pause-backfill.ts';
import { JOB_ID, PlanBench } from './plan-bench.ts';

let bench: PlanBench;
beforeEach(() => {
  bench = new PlanBench();
});
afterEach(() => bench.close());

const pending = (positionDate: string, endDate: string): PlannedDate => ({
  positionDate,
  endDate,
  letter: 'p',
});
const noBusinessDay = (positionDate: string): PlannedDate => ({ positionDate, letter: 'n' });
const claims = () => bench.plans.claims(JOB_ID);

/** Windows across the end of February of a leap year and of a year: the days are counted in Lua. */
const FEBRUARY = pending('2024-02-26', '2024-03-01');
const YEAR_END = pending('2024-12-30', '2025-01-02');

test('a window is claimed with every day of it, and all its days are free when it ends', async () => {
  const id = await bench.running([], { plan: [FEBRUARY, YEAR_END] });
  await bench.dispatcher.feed(JOB_ID);
  expect(await claims()).toEqual(
    Object.fromEntries(
      [
        ...['2024-02-26', '2024-02-27', '2024-02-28', '2024-02-29', '2024-03-01'],
        ...['2024-12-30', '2024-12-31', '2025-01-01', '2025-01-02'],
      ].map((day) => [day, id]),
    ),
  );
  const held = await bench.start();
  expect(await bench.plans.attempt(id, '2024-02-26')).toMatchObject({ position_end_date: '2024-03-01' });
  await bench.run(held, '1');
  await bench.end(held, 'succeeded');
  expect(Object.keys(await claims()).sort()).toEqual([
    '2024-12-30',
    '2024-12-31',
    '2025-01-01',
    '2025-01-02',
  ]);
  await pauseBackfill.run(bench.redis, bench.keys.prefix, { id, reason: 'test' });
  expect(await claims()).toEqual({});
});

test('a window waits while another backfill holds any of its days, and says which', async () => {
  const first = await bench.running(['2024-02-29']);
  const second = await bench.running([], { plan: [FEBRUARY], reprocess: 'all' });
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('p');
  expect(await bench.plans.dates(second)).toMatchObject([
    { position_date: '2024-02-26', position_end_date: '2024-03-01', waiting_for: first },
  ]);
  await bench.end(await bench.start(), 'succeeded');
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('q');
});

test('a day waits while another backfill holds the window that it lies in', async () => {
  await bench.running([], { plan: [FEBRUARY] });
  const second = await bench.running(['2024-02-28', '2024-03-02']);
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('pq');
});

test('a window is taken over when other backfills have done all its days but those that are skipped', async () => {
  const weekend = [noBusinessDay('2024-06-08'), noBusinessDay('2024-06-09')];
  await bench.running(['2024-06-07', '2024-06-10']);
  const second = await bench.running([], { plan: [pending('2024-06-07', '2024-06-10'), ...weekend] });
  await bench.dispatcher.feed(JOB_ID);
  await bench.end(await bench.start(), 'succeeded');
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('pnn');
  await bench.end(await bench.start(), 'succeeded');
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('snn');
  expect(await bench.plans.view(second)).toMatchObject({ state: 'completed' });
});

test('a window of which only a part was done elsewhere runs as a whole', async () => {
  const first = await bench.running(['2024-02-26']);
  const second = await bench.running([], { plan: [FEBRUARY] });
  await bench.dispatcher.feed(JOB_ID);
  await bench.end(await bench.start(), 'succeeded');
  await bench.dispatcher.feed(JOB_ID);
  expect([await bench.letters(first), await bench.letters(second)]).toEqual(['s', 'q']);
});

test('the last days are kept in Redis only where a plan has windows', async () => {
  const daily = await bench.running(['2024-06-03', '2024-06-04']);
  const windowed = await bench.running([], { plan: [FEBRUARY, YEAR_END] });
  expect(await bench.redis.exists(bench.keys.ends(daily))).toBe(0);
  expect(await bench.redis.get(bench.keys.ends(windowed))).toBe('2024030120250102');
});

test('what the log says may split the windows of a plan when it is settled', async () => {
  const id = await bench.planning([], { plan: [FEBRUARY, YEAR_END] });
  const settled: PlannedDate[] = [
    pending('2024-02-26', '2024-02-27'),
    { positionDate: '2024-02-28', letter: 'a' },
    pending('2024-02-29', '2024-03-01'),
    YEAR_END,
  ];
  await bench.plans.settle(await bench.plans.requireRecord(id), settled, null);
  expect(await bench.plans.plan(id)).toEqual(settled);
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe('qaqq');
});
