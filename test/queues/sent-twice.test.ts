import { setLimit } from '../../queues/scripts/set-limit.ts';
import { days, type Held, JOB_ID, PlanBench } from './plan-bench.ts';

/** What a client sends again after it lost its connection to Redis before the answer came. */
let bench: PlanBench;
beforeEach(() => {
  bench = new PlanBench();
});
afterEach(() => bench.close());

const refusal = { newSubmission: true, mayExist: false, reason: 'full', minDelayMs: 0, maxDelayMs: 8 };

async function started(): Promise<Held> {
  await bench.running(days(2));
  await setLimit.run(bench.redis, bench.keys.prefix, { job_id: JOB_ID, max_concurrent_runs: 1 });
  await bench.dispatcher.feed(JOB_ID);
  return bench.start();
}

test('a date that was told to probe is told so again, also when it has the only slot', async () => {
  const held = await started();
  await held.gate.refuse({ ...refusal, submission: 1 });
  expect(await held.gate.probeDelayMs()).toBe(0);
  expect(await held.gate.probeDelayMs()).toBe(0);
});

test('a refusal told twice takes one new token', async () => {
  const held = await started();
  expect(await held.gate.refuse({ ...refusal, submission: 1 })).toBe(2);
  expect(await held.gate.refuse({ ...refusal, submission: 1 })).toBe(2);
  expect(await held.gate.refuse({ ...refusal, submission: 2 })).toBe(3);
});

describe('a backfill that is stored twice', () => {
  const id = '019b0000-0000-7000-8000-00000000abcd';
  const retried = days(2).map((date) => ({
    position_date: date,
    position_end_date: date,
    failed_attempt: `old_${date}_1`,
  }));

  test('is answered as made both times, by an idempotency key too', async () => {
    const idempotency = { key: 'monday', bodyDigest: 'a' };
    const backfill = bench.newBackfill(days(2), { id, idempotency });
    expect(await bench.plans.create(backfill)).toEqual({ id, created: true });
    expect(await bench.plans.create(backfill)).toEqual({ id, created: true });
    expect(await bench.redis.zcard(bench.keys.backfills)).toBe(1);
  });

  test('keeps the plan that was settled in between', async () => {
    const backfill = bench.newBackfill(days(2), { id });
    await bench.plans.create(backfill);
    const plan = days(2).map((positionDate) => ({ positionDate, letter: 'a' as const }));
    await bench.plans.settle(await bench.plans.requireRecord(id), plan, null);
    expect(await bench.plans.create(backfill)).toEqual({ id, created: true });
    expect(await bench.letters(id)).toBe('aa');
    expect((await bench.plans.view(id)).state).toBe('completed');
    expect(await bench.redis.zcard(bench.keys.open(JOB_ID))).toBe(0);
  });

  test('does not contest its own dates when it is a retry', async () => {
    const backfill = bench.newBackfill(days(2), { id });
    expect(await bench.plans.createRetry(backfill, retried)).toEqual({ id, created: true });
    expect(await bench.plans.createRetry(backfill, retried)).toEqual({ id, created: true });
  });
});
