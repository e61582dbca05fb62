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

function decide(held: Held, retryDelayMs: number | null) {
  const { backfill_id, position_date, attempt } = held.job.data;
  return decideRetry.run(bench.redis, bench.keys.prefix, {
    job_id: JOB_ID,
    backfill_id,
    position_date,
    attempt,
    retry_delay_ms: retryDelayMs,
    reason: 'test',
  });
}

test('a backfill completes with its last date and not before', async () => {
  const id = await bench.running(days(2));
  const first = await startNext('71');
  const second = await startNext('72');
  expect(await bench.end(first, 'succeeded')).toBeNull();
  expect(await bench.plans.view(id)).toMatchObject({ state: 'running', finished_at: null });
  expect(await bench.end(second, 'succeeded')).toBe('completed');
  const view = await bench.plans.view(id);
  expect(view).toMatchObject({ state: 'completed', counts: { succeeded: 2, total: 2, pending: 0 } });
  expect(view.finished_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(await bench.redis.zcard(bench.keys.open(JOB_ID))).toBe(0);
  expect(await bench.redis.hlen(bench.keys.claims(JOB_ID))).toBe(0);
  expect(await bench.redis.scard(bench.keys.live(JOB_ID))).toBe(0);
});

test('a failed attempt frees its slot at once and its date waits for the decision', async () => {
  const id = await bench.running(days(1));
  const held = await startNext('71');
  expect(await bench.end(held, 'failed', 'platform')).toBeNull();
  expect(await bench.letters(id)).toBe('d');
  expect(await bench.redis.scard(bench.keys.live(JOB_ID))).toBe(0);
  expect(await bench.dispatcher.repair(JOB_ID)).toMatchObject({
    undecided: [{ backfillId: id, positionDate: '2024-06-01', attempt: 1 }],
  });
});

test('a retry is a new attempt that is linked to the first failure', async () => {
  const id = await bench.running(days(1));
  await bench.end(await startNext('71'), 'failed', 'platform').catch(() => null);
  await decide({ job: { data: { backfill_id: id, position_date: '2024-06-01', attempt: 1 } } } as Held, 0);
  const second = await startNext('72');
  expect(second.job.data.attempt).toBe(2);
  expect(await bench.plans.attempt(id, '2024-06-01')).toMatchObject({
    attempt: 2,
    run_id: '72',
    retry_metadata: { original_run_id: `${id}_2024-06-01_1`, retry_count: 1, retry_triggered_by: 'policy' },
  });
  await bench.end(second, 'failed', 'platform');
  await decide(second, 0);
  const third = await startNext('73');
  expect(await bench.plans.attempt(id, '2024-06-01')).toMatchObject({
    attempt: 3,
    retry_metadata: { original_run_id: `${id}_2024-06-01_1`, retry_count: 2 },
  });
  expect(await bench.end(third, 'succeeded')).toBe('completed');
});

test('a retry waits for its time while other dates go on', async () => {
  const id = await bench.running(days(2));
  const held = await startNext('71');
  await bench.end(held, 'failed', 'platform');
  expect(await decide(held, 60_000)).toMatchObject({ outcome: 'retrying' });
  await bench.dispatcher.feed(JOB_ID);
  expect(await bench.letters(id)).toBe('wq');
  const [date] = await bench.plans.dates(id, { state: 'pending' });
  expect(Date.parse(date?.retry_at ?? '')).toBeGreaterThan(Date.now() + 50_000);
});

test('a decision is carried out once', async () => {
  const id = await bench.running(days(1));
  const held = await startNext('71');
  await bench.end(held, 'failed', 'user_code');
  expect(await decide(held, null)).toMatchObject({
    outcome: 'failed',
    backfill_ended: 'completed_with_failures',
  });
  expect(await decide(held, 0)).toEqual({ outcome: 'not_undecided' });
  expect(await bench.letters(id)).toBe('f');
});

test('each attempt tells the log that it started and how it ended, in this order', async () => {
  await bench.running(days(1));
  const held = await startNext('71');
  await bench.run(held, '71');
  await bench.end(held, 'succeeded');
  const events = await bench.outbox.read(100);
  expect(events.map((event) => (event.kind === 'attempt' ? event.row.status : event.kind))).toEqual([
    'backfill',
    'backfill',
    'STARTED',
    'SUCCESS',
    'backfill',
  ]);
});

test('log_pending counts what waits, and confirming twice counts once', async () => {
  const id = await bench.running(days(1));
  await bench.end(await startNext('71'), 'succeeded');
  const events = await bench.outbox.read(100);
  expect(await bench.plans.view(id)).toMatchObject({ log_pending: 5 });
  await bench.outbox.confirm(events);
  await bench.outbox.confirm(events);
  expect(await bench.plans.view(id)).toMatchObject({ log_pending: 0 });
  expect(await bench.outbox.length()).toBe(0);
});

test('a date cancelled by a person keeps its backfill from being a full success', async () => {
  await bench.running(days(1));
  expect(await bench.end(await startNext('71'), 'cancelled')).toBe('completed_with_failures');
});
