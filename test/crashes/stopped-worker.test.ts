import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunningCommand } from '../harness/command.ts';
import { testRedisUrl } from '../harness/redis.ts';
import { RedisProxy } from '../harness/redis-proxy.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { sourceDays } from '../workers/source-days.ts';
import { isRecordRun } from './redis-command.ts';

const RUN_NOW = { method: 'POST', path: 'jobs/run-now' };

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

/** Waits until the worker has said of each of these dates that another has it now. */
async function expectLost(worker: RunningCommand, days: readonly string[]): Promise<void> {
  for (const day of days) await worker.untilSaid(new RegExp(`"${day}".*"attempt.lost"`));
}

/** How often it told this fact: what it wrote of an attempt, it also told. */
const writes = (worker: RunningCommand, fact: string) => worker.said.split(`"${fact}"`).length - 1;

test('a worker stopped for longer than its lock finds that its runs are watched by another, and lets go', async () => {
  const stopped = await fleet.workerProcess();
  await fleet.runsTake(60_000);
  const days = sourceDays(3);
  const id = await fleet.backfill(days);
  await fleet.until('three runs', async () => (await fleet.plans.view(id)).counts.running === 3);
  stopped.child.kill('SIGSTOP');
  const other = await fleet.worker();
  await fleet.until('a take-over', () => other.facts.dates('attempt.reattached').length === 3);
  stopped.child.kill('SIGCONT');
  await expectLost(stopped, days);

  // Else it may rightly take them over again, should the other fall silent on a busy machine.
  await stopped.stop();
  expect(stopped.said).not.toContain('"queue.error"');
  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 3 } });
  expect([writes(stopped, 'attempt.ended'), other.facts.count('attempt.ended')]).toEqual([0, 3]);
  expect(await fleet.runNow()).toHaveLength(3);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a worker whose event loop is blocked for longer than its lock lets go of what another has', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'blocked-'));
  const file = join(directory, 'blocked');
  try {
    const blocked = await fleet.workerProcess({
      NODE_OPTIONS: `--import ${pathToFileURL(join(__dirname, 'blockable.mjs')).href}`,
      BLOCK_WHILE: file,
    });
    await fleet.runsTake(60_000);
    const days = sourceDays(3);
    const id = await fleet.backfill(days);
    await fleet.until('three runs', async () => (await fleet.plans.view(id)).counts.running === 3);
    await writeFile(file, '');
    blocked.child.kill('SIGUSR2');
    const other = await fleet.worker();
    await fleet.until('a take-over', () => other.facts.dates('attempt.reattached').length === 3);
    await rm(file);
    await expectLost(blocked, days);
    await blocked.stop();
    await fleet.cancelRuns();
    expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 3 } });
    expect([writes(blocked, 'attempt.ended'), other.facts.count('attempt.ended')]).toEqual([0, 3]);
    expect(await fleet.runNow()).toHaveLength(3);
    await expectInvariants(fleet, [id], { limit: 20 });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a worker stopped until another has ended its backfill writes nothing when it goes on', async () => {
  const stopped = await fleet.workerProcess();
  await fleet.runsTake(60_000);
  const days = sourceDays(3);
  const id = await fleet.backfill(days);
  await fleet.until('three runs', async () => (await fleet.plans.view(id)).counts.running === 3);
  stopped.child.kill('SIGSTOP');
  await fleet.cancelRuns();
  const other = await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 3 } });
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [id], { limit: 20 });
  const dates = await fleet.plans.dates(id);

  stopped.child.kill('SIGCONT');
  await expectLost(stopped, days);
  await stopped.stop();
  expect(stopped.said).not.toContain('"queue.error"');
  expect(await fleet.plans.dates(id)).toEqual(dates);
  expect([writes(stopped, 'attempt.ended'), other.facts.count('attempt.ended')]).toEqual([0, 3]);
  expect(await fleet.runNow()).toHaveLength(3);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a worker stopped before run-now has answered stores no run id while another has the date', async () => {
  const { local } = workspace.emulator;
  await local.fault({ match: RUN_NOW, hold: true, times: 6 });
  await fleet.runsTake(60_000);
  const stopped = await fleet.workerProcess();
  const days = sourceDays(3);
  const id = await fleet.backfill(days);
  await fleet.until('three held answers', async () => (await local.held()) === 3);
  stopped.child.kill('SIGSTOP');
  const other = await fleet.worker();
  await fleet.until('both to wait for answers', async () => (await local.held()) === 6);
  // The stopped one finds its answers as soon as it goes on, before it knows that its locks are gone.
  await local.release();
  stopped.child.kill('SIGCONT');
  await expectLost(stopped, days);
  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 3 } });
  expect([writes(stopped, 'run.started'), other.facts.count('run.started')]).toEqual([0, 3]);
  const answered = await fleet.runNow();
  expect(answered.map(({ created }) => created)).toEqual([true, true, true, false, false, false]);
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a second SIGTERM ends a worker at once that cannot hand over, and another finds its runs', async () => {
  const proxy = await RedisProxy.start(testRedisUrl());
  try {
    const worker = await fleet.workerProcess({ REDIS_URL: proxy.url });
    const held = proxy.hold({ command: isRecordRun, sends: 'nothing' });
    const id = await fleet.backfill(sourceDays(3));
    await held;
    worker.child.kill('SIGTERM');
    await worker.untilSaid('"worker.stopping"');
    worker.child.kill('SIGTERM');
    expect((await worker.result).exitCode).toBe(143);
    expect(worker.said).not.toContain('"worker.stopped"');
    await fleet.worker();
    expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
    await fleet.releaseLogLease();
    await expectInvariants(fleet, [id], { limit: 20 });
  } finally {
    await proxy.close();
  }
});
