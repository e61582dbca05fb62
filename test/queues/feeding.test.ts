import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { PLANS_QUEUE } from '../../queues/queue-names.ts';
import { days, JOB_ID, PlanBench } from './plan-bench.ts';

let bench: PlanBench;
beforeEach(() => {
  bench = new PlanBench();
});
afterEach(() => bench.close());

async function takenDates(count: number): Promise<string[]> {
  const dates: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const held = await bench.take();
    if (held) dates.push(held.job.data.position_date);
  }
  return dates;
}

test('only the limit and a small look-ahead are queued, lowest dates first', async () => {
  const id = await bench.running(days(30));
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe(`${'q'.repeat(8)}${'p'.repeat(22)}`);
  expect(await takenDates(5)).toEqual(days(3));
});

test('a descending backfill starts with its newest date', async () => {
  await bench.running(days(10).reverse(), { order: 'desc' });
  await bench.dispatcher.feed(JOB_ID);
  expect(await takenDates(3)).toEqual(['2024-06-10', '2024-06-09', '2024-06-08']);
});

test('max_active_runs bounds what one backfill has in flight', async () => {
  const id = await bench.running(days(10), { maxActiveRuns: 2 });
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe('qqpppppppp');
});

test('an urgent backfill gets in beside a big one that was first', async () => {
  await bench.running(days(30));
  await bench.dispatcher.feed(JOB_ID);
  await bench.running(['2025-01-06', '2025-01-07'], { priority: 1 });
  await bench.dispatcher.feed(JOB_ID);
  expect(await takenDates(3)).toEqual(['2025-01-06', '2025-01-07', '2024-06-01']);
});

test('a date that another backfill holds waits for it and says so', async () => {
  const first = await bench.running(days(2));
  const second = await bench.running(days(3), { reprocess: 'all' });
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('ppq');
  const [date] = await bench.plans.dates(second);
  expect(date).toMatchObject({ state: 'pending', waiting_for: first });
});

test('a success of the other backfill is taken over by one that wants missing dates', async () => {
  const first = await bench.running(days(1));
  const second = await bench.running(days(1));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.run(held, '71');
  await bench.end(held, 'succeeded');
  await bench.dispatcher.feed(JOB_ID);
  const [date] = await bench.plans.dates(second);
  expect(date).toMatchObject({
    state: 'succeeded',
    reason: 'adopted',
    adopted_from: first,
    run_id: '71',
    attempt: 0,
  });
  expect(await bench.plans.view(second)).toMatchObject({ state: 'completed' });
});

test('a success of the other backfill is run again by one that wants all dates', async () => {
  await bench.running(days(1));
  const second = await bench.running(days(1), { reprocess: 'all' });
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.run(held, '71');
  await bench.end(held, 'succeeded');
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(second)).toBe('q');
});

test('a queued date whose job is gone gets its job again', async () => {
  await bench.running(days(2));
  await bench.dispatcher.feed(JOB_ID);
  await bench.queues.dates(JOB_ID).obliterate({ force: true });
  expect(await bench.dispatcher.repair(JOB_ID)).toMatchObject({ readded: 2 });
  expect(await takenDates(2)).toEqual(days(2));
});

test('a live date whose job is gone gets its job again, ahead of new dates', async () => {
  await bench.running(days(5));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.run(held, '71');
  await bench.queues.dates(JOB_ID).obliterate({ force: true });
  await bench.dispatcher.repair(JOB_ID);
  const again = await bench.take();
  expect(again?.job.id).toBe(held.job.id);
  expect(await again?.gate.pass()).toMatchObject({ outcome: 'reattached', record: { run_id: '71' } });
});

test('a backfill whose planning has used up its tries is planned again', async () => {
  const id = await bench.planning(days(1));
  await bench.queues.addPlan(id);
  const planner = new Worker(PLANS_QUEUE, null, {
    connection: bench.redis,
    prefix: bench.keys.prefix,
    autorun: false,
    skipStalledCheck: true,
  });
  const job = (await planner.getNextJob('first', { block: false })) as Job;
  await bench.dispatcher.repair(JOB_ID);
  expect(await bench.queues.plans.getActiveCount()).toBe(1);
  await job.moveToFailed(new UnrecoverableError('no more tries'), 'first', false);
  expect(await bench.queues.plans.getFailedCount()).toBe(1);
  await bench.dispatcher.repair(JOB_ID);
  expect((await planner.getNextJob('second', { block: false }))?.data).toMatchObject({ backfill_id: id });
  await planner.close();
});

test('feeding twice at once queues no date twice', async () => {
  const id = await bench.running(days(30));
  await Promise.all([
    bench.dispatcher.feed(JOB_ID),
    bench.dispatcher.feed(JOB_ID),
    bench.dispatcher.feed(JOB_ID),
  ]);
  const counts = await bench.queues.dates(JOB_ID).getJobCounts('prioritized', 'wait', 'active');
  expect((counts.prioritized ?? 0) + (counts.wait ?? 0)).toBe(8);
  expect(await bench.letters(id)).toMatch(/^q{8}p{22}$/);
});
