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

const RUN_NOW = { method: 'POST', path: 'jobs/run-now' };

/** A worker process that watches ten runs, and their backfill. */
async function tenRunsWatched() {
  const command = await fleet.workerProcess();
  await fleet.runsTake(3_500);
  const id = await fleet.backfill(sourceDays(10));
  await fleet.until('ten runs', async () => (await fleet.plans.view(id)).counts.running === 10);
  return { command, id };
}

test('on SIGTERM a worker with 50 runs ends in 5 s, and another watches them before it starts a new date', async () => {
  await fleet.updateJob({ max_concurrent_runs: 50 });
  const command = await fleet.workerProcess();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(52));
  await fleet.until('50 runs', async () => (await fleet.plans.view(id)).counts.running === 50);
  const other = await fleet.worker();
  const stopMs = Date.now();
  expect(await command.stop()).toMatchObject({ exitCode: 0 });
  expect(Date.now() - stopMs).toBeLessThan(5_000);
  await fleet.until('50 taken over', () => other.facts.dates('attempt.reattached').length === 50);
  expect(other.facts.count('attempt.started')).toBe(0);
  expect(await fleet.liveRuns()).toHaveLength(50);

  await fleet.cancelRuns();
  await fleet.until('the last two runs', async () => (await fleet.runs()).length === 52);
  await fleet.until('both to live', async () => (await fleet.liveRuns()).length === 2);
  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 52 } });
  expect(await fleet.runNow()).toHaveLength(52);
  await expectInvariants(fleet, [id], { limit: 50 });
});

test('when a worker is killed, another takes its ten runs over without starting any again', async () => {
  const { command, id } = await tenRunsWatched();
  const other = await fleet.worker();
  command.child.kill('SIGKILL');
  await command.result;
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 10 } });
  expect(other.facts.dates('attempt.reattached')).toHaveLength(10);
  expect(await fleet.runNow()).toHaveLength(10);
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [id], { limit: 20 });
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a worker that gets %s before run-now has answered leaves one run a date',
  async (signal) => {
    const { local } = workspace.emulator;
    await local.fault({ match: RUN_NOW, hold: true, times: 5 });
    const command = await fleet.workerProcess();
    const id = await fleet.backfill(sourceDays(5));
    await fleet.until('five held answers', async () => (await local.held()) === 5);
    command.child.kill(signal);
    expect((await command.result).exitCode).toBe(signal === 'SIGTERM' ? 0 : null);
    await fleet.worker();
    expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 5 } });
    const answered = await fleet.runNow();
    expect(answered.filter(({ created }) => created)).toHaveLength(5);
    expect(answered.length).toBeGreaterThanOrEqual(10);
    await fleet.releaseLogLease();
    await expectInvariants(fleet, [id], { limit: 20 });
  },
);

test('a worker that is stopped while it takes dates over hands them on', async () => {
  await fleet.runsTake(1_500);
  const first = await fleet.worker();
  const id = await fleet.backfill(sourceDays(10));
  await fleet.until('ten runs', async () => (await fleet.plans.view(id)).counts.running === 10);
  await first.worker.stop();
  const second = await fleet.worker();
  await fleet.until('a take-over', () => second.facts.count('attempt.reattached') > 0);
  await second.worker.stop();
  expect(second.facts.count('attempt.handed_over')).toBeGreaterThan(0);
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 10 } });
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('runs above a limit that was lowered are all watched by the worker that takes them over', async () => {
  await fleet.runsTake(2_500);
  const first = await fleet.worker();
  const id = await fleet.backfill(sourceDays(8));
  await fleet.until('eight runs', async () => (await fleet.plans.view(id)).counts.running === 8);
  await fleet.updateJob({ max_concurrent_runs: 2 });
  await fleet.until('the lower limit', () => first.facts.of('limit.changed').at(-1)?.limit === 2);
  await first.worker.stop();
  const second = await fleet.worker();
  await fleet.until('eight taken over', () => second.facts.dates('attempt.reattached').length === 8);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 8 } });
  expect(await fleet.runNow()).toHaveLength(8);
  await expectInvariants(fleet, [id], { limit: 20 });
});
