import { decideRetry } from '../../queues/scripts/decide-retry.ts';
import { days, type Held, JOB_ID, PlanBench } from './plan-bench.ts';

let bench: PlanBench;
beforeEach(() => {
  bench = new PlanBench();
});
afterEach(() => bench.close());

async function startNext(runId: string): Promise<Held> {
  await bench.dispatcher.feed(JOB_ID);
  const held = await bench.start();
  await bench.run(held, runId);
  return held;
}

async function failForGood(held: Held) {
  const { backfill_id, position_date, attempt } = held.job.data;
  await bench.end(held, 'failed', 'user_code');
  return decideRetry.run(bench.redis, bench.keys.prefix, {
    job_id: JOB_ID,
    backfill_id,
    position_date,
    attempt,
    retry_delay_ms: null,
    reason: 'test',
  });
}

test('cancelling ends what waits at once and the rest with its last live run', async () => {
  const id = await bench.running(days(20));
  const live = await startNext('71');
  expect(await bench.control.cancel(id, 'cancel')).toEqual({ state: 'cancelling', first: true });
  expect(await bench.plans.view(id)).toMatchObject({
    state: 'cancelling',
    counts: { cancelled: 19, running: 1 },
    finished_at: null,
  });
  expect(await bench.take()).toBeNull();
  expect(await bench.end(live, 'cancelled')).toBe('cancelled');
  expect(await bench.plans.view(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 20 } });
  expect(await bench.redis.hlen(bench.keys.claims(JOB_ID))).toBe(0);
});

test('a cancel frees the claim of a date whose retry had come due, and others may run it', async () => {
  const id = await bench.running(days(2), { maxActiveRuns: 1 });
  const failed = await startNext('71');
  await bench.end(failed, 'failed', 'platform');
  const { position_date, attempt } = failed.job.data;
  const decision = { job_id: JOB_ID, backfill_id: id, position_date, attempt, reason: 'test' };
  const second = await startNext('72');
  await decideRetry.run(bench.redis, bench.keys.prefix, { ...decision, retry_delay_ms: 0 });
  // Due, but its backfill has no slot for it.
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe('pr');
  await bench.control.cancel(id, 'cancel');
  await bench.end(second, 'cancelled');
  expect(await bench.plans.claims(JOB_ID)).toEqual({});
  const other = await bench.running(days(1));
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(other)).toBe('q');
});

test('cancelling with nothing live ends at once, and a repeat is answered plainly', async () => {
  const id = await bench.running(days(5));
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.control.cancel(id, 'finish')).toEqual({ state: 'cancelled', first: true });
  expect(await bench.control.cancel(id, 'cancel')).toEqual({ state: 'cancelled', first: false });
  await expect(bench.control.pause(id, 'x')).rejects.toMatchObject({ code: 'already_finished' });
});

test('a cancel that lets runs finish can become one that cancels them, not the other way', async () => {
  const id = await bench.running(days(2));
  await startNext('71');
  await bench.control.cancel(id, 'finish');
  await bench.control.cancel(id, 'cancel');
  await bench.control.cancel(id, 'finish');
  expect(await bench.redis.hget(bench.keys.backfill(id), 'cancel_runs')).toBe('cancel');
});

test('a live run that succeeds while its backfill is cancelled has succeeded', async () => {
  const id = await bench.running(days(2));
  const live = await startNext('71');
  await bench.control.cancel(id, 'finish');
  expect(await bench.end(live, 'succeeded')).toBe('cancelled');
  expect(await bench.plans.view(id)).toMatchObject({ counts: { succeeded: 1, cancelled: 1 } });
});

test('a backfill still in planning can be cancelled', async () => {
  const id = await bench.planning(days(3));
  expect(await bench.control.cancel(id, 'cancel')).toEqual({ state: 'cancelled', first: true });
  const record = await bench.plans.requireRecord(id);
  expect(await bench.plans.settle(record, await bench.plans.plan(id), null)).toBe(false);
});

test('max_active_runs and priority can be changed while dates are queued', async () => {
  const big = await bench.running(days(20));
  await bench.dispatcher.feed(JOB_ID);
  const other = await bench.running(['2025-03-03', '2025-03-04'], { priority: 200 });
  await bench.dispatcher.feed(JOB_ID);
  await bench.control.adjust(big, { maxActiveRuns: 1 });
  expect(await bench.letters(big)).toBe(`q${'p'.repeat(19)}`);
  await bench.control.adjust(other, { priority: 1 });
  const next = await bench.take();
  expect(next?.job.data.position_date).toBe('2025-03-03');
  await bench.control.adjust(big, { maxActiveRuns: null });
  expect(await bench.letters(big)).toMatch(/^q{5,}p+$/);
});

test('stop_after_failures pauses with the reason, and counts anew after a resume', async () => {
  const id = await bench.running(days(10), { stopAfterFailures: 2 });
  expect(await failForGood(await startNext('71'))).toMatchObject({ outcome: 'failed', paused: null });
  expect(await failForGood(await startNext('72'))).toMatchObject({
    paused: { reason: expect.stringMatching(/^2 dates have/) },
  });
  const view = await bench.plans.view(id);
  expect(view).toMatchObject({ state: 'paused', counts: { failed: 2, queued: 0 } });
  expect(view.state_reason).toMatch(/stop_after_failures/);
  await bench.control.resume(id);
  expect(await failForGood(await startNext('73'))).toMatchObject({ paused: null });
});

test('pausing and resuming a plan of 5,000 dates takes under a second', async () => {
  const id = await bench.running(days(5_000));
  await bench.dispatcher.feed(JOB_ID);
  const startedMs = performance.now();
  await bench.control.pause(id, 'lunch');
  await bench.control.resume(id);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(await bench.letters(id)).toMatch(/^q{8}p{4992}$/);
});

describe('A backfill that is paused while it is planned', () => {
  let id: string;
  beforeEach(async () => {
    id = await bench.planning(days(3));
    await bench.control.pause(id, 'Paused by ann.');
  });

  async function settle(letter: 'p' | 'a'): Promise<boolean> {
    const plan = (await bench.plans.plan(id)).map((date) => ({ ...date, letter }));
    return bench.plans.settle(await bench.plans.requireRecord(id), plan, null);
  }

  test('is planned to the end by the repair, stays paused, and runs from the resume on', async () => {
    await bench.dispatcher.repair(JOB_ID);
    expect(await bench.queues.plans.getJob(id)).toBeDefined();
    await bench.plans.explainPlanning(id, 'Waiting for the log.');
    expect(await settle('p')).toBe(true);
    expect(await settle('p')).toBe(false);
    await bench.dispatcher.feed(JOB_ID);
    expect(await bench.plans.view(id)).toMatchObject({
      state: 'paused',
      state_reason: 'Paused by ann.',
      counts: { pending: 3 },
    });
    await bench.control.resume(id);
    expect(await bench.letters(id)).toBe('qqq');
    expect(await bench.plans.requireRecord(id)).toMatchObject({ state: 'running', in_planning: false });
  });

  test('goes on planning when it is resumed before the end of planning', async () => {
    await bench.control.resume(id);
    expect((await bench.plans.view(id)).state).toBe('planning');
    await settle('p');
    expect((await bench.plans.view(id)).state).toBe('running');
  });

  test('is completed when planning finds nothing to run', async () => {
    await settle('a');
    expect(await bench.plans.view(id)).toMatchObject({ state: 'completed', counts: { skipped: 3 } });
  });

  test('can be cancelled, and planning then settles nothing', async () => {
    expect(await bench.control.cancel(id, 'cancel')).toEqual({ state: 'cancelled', first: true });
    expect(await settle('p')).toBe(false);
    expect(await bench.letters(id)).toBe('ccc');
  });
});

test('a change is not yet durable until its row of the table is confirmed, whatever else is', async () => {
  const id = await bench.running(days(2));
  const durable = async () => !(await bench.plans.view(id)).not_yet_durable;
  const confirmAll = async () => bench.outbox.confirm(await bench.outbox.read(100));
  expect(await durable()).toBe(false);
  await confirmAll();
  expect(await durable()).toBe(true);

  const held = await startNext('71');
  expect(await durable()).toBe(true);
  for (const change of [
    () => bench.control.pause(id, 'x'),
    () => bench.control.adjust(id, { priority: 5 }),
    () => bench.control.resume(id),
    () => bench.control.cancel(id, 'finish'),
    () => bench.control.cancel(id, 'cancel'),
    () => bench.end(held, 'cancelled'),
  ]) {
    await change();
    expect(await durable()).toBe(false);
    const events = await bench.outbox.read(100);
    await bench.outbox.confirm(events.filter(({ kind }) => kind === 'attempt'));
    expect(await durable()).toBe(false);
    await confirmAll();
    await bench.outbox.confirm(events);
    expect(await durable()).toBe(true);
  }
});

test.each(['cancelled', 'completed'] as const)(
  'a backfill that is %s takes no control but a repeated cancel',
  async (state) => {
    const id = await bench.running(days(1));
    if (state === 'cancelled') await bench.control.cancel(id, 'cancel');
    else await bench.end(await startNext('71'), 'succeeded');
    for (const control of [
      () => bench.control.pause(id, 'x'),
      () => bench.control.resume(id),
      () => bench.control.adjust(id, { priority: 5 }),
    ]) {
      await expect(control()).rejects.toMatchObject({ code: 'already_finished' });
    }
    const repeat = bench.control.cancel(id, 'cancel');
    if (state === 'cancelled') expect(await repeat).toEqual({ state, first: false });
    else await expect(repeat).rejects.toMatchObject({ code: 'already_finished' });
  },
);
