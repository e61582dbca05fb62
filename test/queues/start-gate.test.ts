import { AttemptLost } from '../../queues/attempt-gate.ts';
import { decideRetry } from '../../queues/scripts/decide-retry.ts';
import { pauseBackfill, resumeBackfill } from '../../queues/scripts/pause-backfill.ts';
import { setLimit } from '../../queues/scripts/set-limit.ts';
import { days, type Held, JOB_ID, PlanBench } from './plan-bench.ts';

let bench: PlanBench;
beforeEach(() => {
  bench = new PlanBench();
});
afterEach(() => bench.close());

const pauseIt = (id: string) => pauseBackfill.run(bench.redis, bench.keys.prefix, { id, reason: 'lunch' });
const limitTo = (limit: number) =>
  setLimit.run(bench.redis, bench.keys.prefix, { job_id: JOB_ID, max_concurrent_runs: limit });
const concurrency = () => bench.redis.hget(`${bench.keys.prefix}:dates-${JOB_ID}:meta`, 'concurrency');

test('the queue gives no more dates than the limit', async () => {
  await bench.running(days(10));
  await bench.dispatcher.feed(JOB_ID);
  for (let i = 0; i < 3; i += 1) await bench.start();
  expect(await bench.take()).toBeNull();
});

test('the gate stays shut at the limit even when BullMQ gives a date too many', async () => {
  await bench.running(days(10));
  await bench.dispatcher.feed(JOB_ID);
  await limitTo(2);
  await bench.start();
  await bench.start();
  await bench.redis.hset(`${bench.keys.prefix}:dates-${JOB_ID}:meta`, 'concurrency', 9);
  const held = await bench.take();
  expect(await held?.gate.pass()).toEqual({ outcome: 'full' });
  expect(await concurrency()).toBe('2');
});

test('a lowered limit never leaves a live run without a worker', async () => {
  await bench.running(days(10));
  await bench.dispatcher.feed(JOB_ID);
  for (let i = 0; i < 3; i += 1) await bench.start();
  expect(await limitTo(1)).toMatchObject({ changed: true, limit: 1 });
  expect(await concurrency()).toBe('3');
});

test('at limit 0 nothing starts and the backfill says why', async () => {
  const id = await bench.running(days(3));
  await limitTo(0);
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.take()).toBeNull();
  expect((await bench.plans.view(id)).state_reason).toMatch(/max_concurrent_runs/);
});

test('a paused backfill lets no queued date through, and resume goes on in order', async () => {
  const id = await bench.running(days(10));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.take();
  const paused = await pauseIt(id);
  expect(paused).toMatchObject({ outcome: 'paused' });
  expect(await held?.gate.pass()).toEqual({ outcome: 'withdrawn' });
  expect(await bench.letters(id)).toBe('p'.repeat(10));
  expect(await bench.redis.hlen(bench.keys.claims(JOB_ID))).toBe(0);
  expect(await resumeBackfill.run(bench.redis, bench.keys.prefix, { id })).toMatchObject({
    outcome: 'resumed',
  });
  expect(await pauseIt(id)).toMatchObject({ outcome: 'paused' });
  expect(await pauseIt(id)).toMatchObject({ outcome: 'already_paused' });
});

test('a worker that lost its lock can write nothing', async () => {
  const id = await bench.running(days(1));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.redis.set(`${bench.keys.prefix}:dates-${JOB_ID}:${held.job.id}:lock`, 'another');
  await expect(bench.run(held, '71')).rejects.toThrow(AttemptLost);
  await expect(bench.end(held, 'succeeded')).rejects.toThrow(AttemptLost);
  expect(await bench.letters(id)).toBe('g');
  expect(await bench.outbox.read(10)).not.toContainEqual(expect.objectContaining({ kind: 'attempt' }));
});

test('a date picked up again goes on with the run it has', async () => {
  await bench.running(days(1));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.run(held, '9007199254740993');
  const again = await held.gate.pass();
  expect(again).toMatchObject({
    outcome: 'reattached',
    record: { run_id: '9007199254740993', submission: 1 },
  });
});

test('a finished date that comes again is only acknowledged', async () => {
  await bench.running(days(1));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.run(held, '71');
  await held.gate.end({
    result: 'succeeded',
    failureClass: null,
    errorMessage: null,
    runPageUrl: null,
    runDurationMs: null,
    finishedAt: new Date().toISOString(),
    row: JSON.stringify(bench.row(held, 'SUCCESS')),
  });
  expect(await held.gate.pass()).toEqual({ outcome: 'over' });
});

test('a failed attempt that comes again does not run while its date is queued for the next one', async () => {
  const id = await bench.running(days(1));
  await bench.dispatcher.feed(JOB_ID);
  const first = await bench.start();
  await bench.run(first, '71');
  await first.gate.end({
    result: 'failed',
    failureClass: 'platform',
    errorMessage: 'platform/X: no',
    runPageUrl: null,
    runDurationMs: null,
    finishedAt: new Date().toISOString(),
    row: JSON.stringify(bench.row(first, 'FAILED')),
  });
  const [positionDate = ''] = days(1);
  const decision = { job_id: JOB_ID, backfill_id: id, position_date: positionDate, attempt: 1 };
  await decideRetry.run(bench.redis, bench.keys.prefix, { ...decision, retry_delay_ms: 0, reason: 'test' });
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe('q');
  expect(await first.gate.pass()).toEqual({ outcome: 'over' });
  expect(await bench.letters(id)).toBe('q');
  const second = await bench.start();
  expect(second.job.data.attempt).toBe(2);
});

test('a refused start gives the date back unspent and pauses its backfill with the reason', async () => {
  const id = await bench.running(days(5));
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  const { paused, jobsToRemove } = await held.gate.withdrawStart('Job 1 does not exist.');
  expect([paused, jobsToRemove.length]).toEqual([true, 4]);
  expect(await bench.letters(id)).toBe('ppppp');
  expect(await bench.plans.view(id)).toMatchObject({
    state: 'paused',
    state_reason: 'Job 1 does not exist.',
  });
  expect(await bench.redis.scard(bench.keys.live(JOB_ID))).toBe(0);
});

describe('while Databricks refuses runs', () => {
  const refusal = {
    newSubmission: true,
    submission: 1,
    mayExist: false,
    reason: 'full',
    minDelayMs: 0,
    maxDelayMs: 8,
  };

  test('only the first refused date probes, and no new date passes', async () => {
    await bench.running(days(10));
    await bench.dispatcher.feed(JOB_ID);
    const first = await bench.start();
    const second = await bench.start();
    const third = await bench.take();
    await bench.run(first, '71');
    await bench.run(second, '72');
    expect(await second.gate.refuse(refusal)).toBe(2);
    expect(await first.gate.refuse(refusal)).toBe(2);
    expect(await first.gate.probeDelayMs()).toBe(0);
    expect(await second.gate.probeDelayMs()).toBeGreaterThan(0);
    expect(await third?.gate.pass()).toEqual({ outcome: 'full' });
    await first.gate.acceptProbe();
    expect(await second.gate.probeDelayMs()).toBe(0);
  });

  test('the delay between probes grows to its bound and starts anew after one was taken', async () => {
    await bench.running(days(1));
    await bench.dispatcher.feed(JOB_ID);
    const held = await bench.start();
    const delays: (string | null)[] = [];
    for (let i = 0; i < 4; i += 1) {
      await held.gate.refuse({ ...refusal, minDelayMs: 3_000, maxDelayMs: 10_000 });
      delays.push(await bench.redis.hget(bench.keys.target(JOB_ID), 'probe_delay_ms'));
      // As if the delay had passed.
      await bench.redis.hset(bench.keys.target(JOB_ID), 'probe_at', Date.now() - 1);
      expect(await held.gate.probeDelayMs()).toBe(0);
    }
    expect(delays).toEqual(['3000', '4500', '6750', '10000']);
    await held.gate.acceptProbe();
    expect(await bench.redis.hget(bench.keys.target(JOB_ID), 'probe_delay_ms')).toBeNull();
  });

  /** As if the worker that holds the date had died a minute ago. */
  async function dies({ job }: Held): Promise<void> {
    await bench.redis.zadd(`${bench.keys.target(JOB_ID)}:asking`, Date.now() - 60_000, job.id ?? '');
  }

  test('a turn that the first refused date leaves unused goes to the next one, at once', async () => {
    await bench.running(days(3));
    await bench.dispatcher.feed(JOB_ID);
    const dead = await bench.start();
    const second = await bench.start();
    const third = await bench.start();
    for (const held of [dead, second, third]) await held.gate.refuse(refusal);
    expect(await second.gate.probeDelayMs()).toBeGreaterThan(0);
    await dies(dead);
    expect(await second.gate.probeDelayMs()).toBe(0);
    expect(await third.gate.probeDelayMs()).toBeGreaterThan(0);
    await second.gate.acceptProbe();
    expect(await third.gate.probeDelayMs()).toBe(0);
    await third.gate.refuse({ ...refusal, minDelayMs: 60_000, maxDelayMs: 60_000 });
    expect(await dead.gate.probeDelayMs()).toBeGreaterThan(50_000);
  });

  test('dates whose worker died keep no gate closed after another probe was taken', async () => {
    await bench.running(days(10));
    await bench.dispatcher.feed(JOB_ID);
    const dead = await bench.start();
    const second = await bench.start();
    for (const held of [dead, second]) await held.gate.refuse(refusal);
    await dies(dead);
    await second.gate.acceptProbe();
    await bench.dispatcher.repair(JOB_ID);
    const third = await bench.start();
    expect(third.job.data.position_date).toBe(days(3)[2]);
    // Its slot stays taken: its run may exist.
    expect(await bench.take()).toBeNull();
    // When a worker goes on with it, it waits for its turn as before.
    expect(await dead.gate.probeDelayMs()).toBe(0);
  });

  test('when every refused date is with a dead worker, one new date probes', async () => {
    const id = await bench.running(days(10));
    await bench.dispatcher.feed(JOB_ID);
    const dead = await bench.start();
    await dead.gate.refuse(refusal);
    await dies(dead);
    await bench.dispatcher.repair(JOB_ID);
    const prober = await bench.start();
    expect(await bench.plans.attempt(id, prober.job.data.position_date)).toMatchObject({ probing: true });
    await bench.dispatcher.repair(JOB_ID);
    expect(await bench.take()).toBeNull();
    await prober.gate.acceptProbe();
    expect(await bench.start()).toMatchObject({ job: { data: { position_date: days(3)[2] } } });
  });

  test('a refused date does not start in a backfill that was paused, and is pending again', async () => {
    const id = await bench.running(days(2));
    await bench.dispatcher.feed(JOB_ID);
    const held = await bench.start();
    await held.gate.refuse(refusal);
    await pauseIt(id);
    expect(await held.gate.probeDelayMs()).toBe('withdrawn');
    expect(await bench.letters(id)).toBe('pp');
    expect(await bench.redis.scard(bench.keys.live(JOB_ID))).toBe(0);
    expect(await bench.plans.claims(JOB_ID)).toEqual({});
  });

  test('a refused date does not start in a backfill that is cancelled, though its live runs may finish', async () => {
    const id = await bench.running(days(1));
    await bench.dispatcher.feed(JOB_ID);
    const held = await bench.start();
    await held.gate.refuse(refusal);
    await bench.control.cancel(id, 'finish');
    expect(await held.gate.probeDelayMs()).toBe('cancelled');
    await bench.end(held, 'cancelled');
    expect((await bench.plans.view(id)).state).toBe('cancelled');
  });

  test('a refused date whose run may exist asks for it all the same', async () => {
    const id = await bench.running(days(1));
    await bench.dispatcher.feed(JOB_ID);
    const held = await bench.start();
    await held.gate.refuse({ ...refusal, newSubmission: false, mayExist: true });
    await bench.control.cancel(id, 'cancel');
    expect(await held.gate.probeDelayMs()).toBe(0);
  });

  test('a probe without an answer counts as live after the limit fell', async () => {
    await bench.running(days(3));
    await bench.dispatcher.feed(JOB_ID);
    const first = await bench.start();
    const second = await bench.start();
    for (const held of [first, second]) await held.gate.refuse(refusal);
    await limitTo(1);
    expect(await first.gate.probeDelayMs()).toBe(0);
    await dies(first);
    expect(await second.gate.probeDelayMs()).toBeGreaterThan(0);
    await limitTo(2);
    expect(await second.gate.probeDelayMs()).toBe(0);
  });

  test('a raised limit lets the refused date probe at once', async () => {
    await bench.running(days(1));
    await bench.dispatcher.feed(JOB_ID);
    const held = await bench.start();
    await held.gate.refuse({ ...refusal, minDelayMs: 60_000, maxDelayMs: 60_000 });
    await limitTo(2);
    expect(await held.gate.probeDelayMs()).toBeGreaterThan(0);
    await limitTo(5);
    expect(await held.gate.probeDelayMs()).toBe(0);
  });

  test('a refused date keeps its slot and spends no attempt', async () => {
    const id = await bench.running(days(1));
    await bench.dispatcher.feed(JOB_ID);
    const held = await bench.start();
    await bench.run(held, '71');
    await held.gate.refuse(refusal);
    const [date] = await bench.plans.dates(id);
    expect(date).toMatchObject({ state: 'queued', attempt: 1, run_id: null });
    expect(await bench.redis.scard(bench.keys.live(JOB_ID))).toBe(1);
  });
});
