import fc from 'fast-check';
import { countByState, DATE_LETTERS, type DateLetter } from '../../queues/plan/date-letter.ts';
import { readPlanText, writePlanText } from '../../queues/plan/plan-text.ts';
import { days, JOB_ID, PlanBench } from './plan-bench.ts';

let bench: PlanBench;
beforeEach(() => {
  bench = new PlanBench();
});
afterEach(() => bench.close());

test('what is written as plan text is read back date for date', () => {
  const letters = Object.keys(DATE_LETTERS) as DateLetter[];
  const plan = fc.array(fc.constantFrom(...letters), { maxLength: 50 }).map((chosen) => {
    const dates = days(chosen.length);
    return chosen.map((letter, index) => ({ positionDate: dates[index] ?? '', letter }));
  });
  fc.assert(
    fc.property(plan, (dates) => {
      const text = writePlanText(dates);
      expect(readPlanText(text.dates, text.letters)).toEqual(dates);
      expect(countByState(text.counts).total).toBe(dates.length);
    }),
  );
});

test('the same idempotency key and body make one backfill, another body is refused', async () => {
  const idempotency = { key: 'monday', bodyDigest: 'a' };
  const first = await bench.planning(days(2), { idempotency });
  expect(await bench.planning(days(2), { idempotency })).toBe(first);
  await expect(
    bench.planning(days(3), { idempotency: { ...idempotency, bodyDigest: 'b' } }),
  ).rejects.toMatchObject({
    code: 'idempotency_key_reused',
  });
  expect(await bench.redis.zcard(bench.keys.backfills)).toBe(1);
});

test('planning ends once, and a plan with nothing to run is completed by it', async () => {
  const id = await bench.planning(days(2));
  const record = await bench.plans.requireRecord(id);
  const plan = (await bench.plans.plan(id)).map((date) => ({ ...date, letter: 'a' as const }));
  expect(await bench.plans.settle(record, plan, null)).toBe(true);
  expect(await bench.plans.settle(record, plan, null)).toBe(false);
  expect(await bench.plans.view(id)).toMatchObject({ state: 'completed', counts: { skipped: 2, total: 2 } });
});

test('nothing of a backfill is fed before its planning has ended', async () => {
  const id = await bench.planning(days(2));
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe('pp');
});

test('a plan of twenty years costs under 200 bytes of Redis memory a date', async () => {
  const before = await usedMemory();
  const id = await bench.planning(days(7_305));
  expect(((await usedMemory()) - before) / 7_305).toBeLessThan(200);
  expect((await bench.plans.dates(id)).at(-1)?.position_date).toBe('2044-05-31');
});

async function usedMemory(): Promise<number> {
  const keys = await bench.redis.keys(`${bench.keys.prefix}:*`);
  const sizes = await Promise.all(keys.map((key) => bench.redis.memory('USAGE', key)));
  return sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0);
}

test('the list is newest first and goes on where the page ended', async () => {
  const ids = [await bench.planning(days(1)), await bench.planning(days(1)), await bench.planning(days(1))];
  const page = await bench.plans.list({ limit: 2 });
  const rest = await bench.plans.list({ limit: 2, before: page.nextCursor ?? '' });
  expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(ids.reverse());
  expect(rest.nextCursor).toBeNull();
});
