import { setTimeout as pause } from 'node:timers/promises';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

type Step = 'start' | 'stop' | 'wait';

const LIVES: readonly (readonly Step[])[] = [
  ['stop'],
  ['stop', 'stop'],
  ['start', 'wait', 'stop', 'stop'],
  ['start', 'start', 'wait', 'stop'],
  ['start', 'stop'],
  ['start', 'stop', 'start', 'stop'],
  ['stop', 'start'],
  ['start', 'wait', 'stop', 'wait', 'start', 'stop'],
];

test.each(LIVES.map((steps) => [steps.join(', '), steps] as const))(
  'a worker bears being told to %s, and leaves nothing open',
  async (_name, steps) => {
    const { worker, facts } = fleet.unstartedWorker();
    const calls: Promise<unknown>[] = [];
    for (const step of steps) {
      if (step === 'wait') await Promise.all(calls.splice(0));
      else calls.push(worker[step]());
    }
    await Promise.all(calls);
    expect(facts.count('worker.started')).toBeLessThanOrEqual(1);
    await fleet.until('no consumer to be left', async () => (await consumers()) === 0);
  },
);

test('a worker that was started after it was stopped takes no dates', async () => {
  const { worker, facts } = fleet.unstartedWorker();
  await worker.stop();
  await worker.start();
  const id = await fleet.backfill(sourceDays(2));
  expect(facts.count('attempt.started')).toBe(0);
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed' });
  expect(facts.count('attempt.started')).toBe(0);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('workers that come and go all the time lose no date and run none twice', async () => {
  await fleet.runsTake(400);
  await fleet.updateJob({ max_concurrent_runs: 5 });
  const id = await fleet.backfill(sourceDays(20));
  for (let round = 0; round < 6; round += 1) {
    const { worker, facts } = await fleet.worker();
    const deadline = Date.now() + 400 * (round % 3);
    while (facts.count('attempt.ended') < round && Date.now() < deadline) await pause(10);
    await worker.stop();
  }
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 20 } });
  await expectInvariants(fleet, [id], { limit: 5 });
});

async function consumers(): Promise<number> {
  const { failedDates, plans } = fleet.queues;
  const queues = [failedDates, plans, fleet.queues.dates(fleet.jobId)];
  return (await Promise.all(queues.map((queue) => queue.getWorkersCount()))).reduce((a, b) => a + b, 0);
}
