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
