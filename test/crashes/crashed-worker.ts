import type { RunningCommand } from '../harness/command.ts';
import { testRedisUrl } from '../harness/redis.ts';
import { RedisProxy } from '../harness/redis-proxy.ts';
import type { TestWorkspace } from '../harness/workspace.ts';
import { Fleet, type ListenedWorker } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { sourceDays } from '../workers/source-days.ts';
import type { AttemptStep } from './attempt-step.ts';

const PLATFORM_FAILURE = {
  result_state: 'FAILED',
  termination_code: 'CLUSTER_ERROR',
  termination_type: 'CLOUD_FAILURE',
};

/** When the worker starts that goes on: it may have been there all the time, or come later. */
export type Successor = 'already there' | 'started later';

/**
 * Kills a worker process at this step of the first of three dates, of which one may run at a time, lets
 * another worker go on, and checks that nothing was lost and nothing run twice.
 */
export async function expectSurvivedKill(
  workspace: TestWorkspace,
  step: AttemptStep,
  successor: Successor,
): Promise<void> {
  const fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 1 } });
  const proxy = await RedisProxy.start(testRedisUrl());
  try {
    await killAt(step, successor, fleet, proxy);
  } finally {
    await fleet.close();
    await proxy.close();
  }
}

async function killAt(step: AttemptStep, successor: Successor, fleet: Fleet, proxy: RedisProxy) {
  const days = sourceDays(3);
  const [first = ''] = days;
  if (step.fails) await fleet.script(first, PLATFORM_FAILURE);
  const dying = await fleet.workerProcess({ REDIS_URL: proxy.url });
  const { reached } = await step.prepare(fleet, proxy);
  const id = await fleet.backfill(days);
  await reachedAlive(dying, reached());

  expect(await fleet.redis.get(fleet.keys.letters(id))).toBe(step.letters);
  let other: ListenedWorker | null = successor === 'already there' ? await fleet.worker() : null;
  dying.child.kill('SIGKILL');
  await dying.result;
  const { local } = fleet.workspace.emulator;
  await local.clearFaults();
  await local.release();
  other ??= await fleet.worker();

  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
  const reattached = /^[gr]/.test(step.letters) ? [first] : [];
  expect(other.facts.dates('attempt.reattached')).toEqual(reattached);
  const posts = (await fleet.runNow()).filter(({ parameters }) => parameters.position_date === first);
  expect(posts).toHaveLength(step.posts);
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [id], { limit: 1 });
}

/** The worker is there, and has not ended of itself on the way. */
async function reachedAlive(worker: RunningCommand, reached: Promise<void>): Promise<void> {
  const ended = worker.result.then(({ stdout, stderr }) => {
    throw new Error(`The worker ended by itself:\n${stdout}${stderr}`);
  });
  await Promise.race([reached, ended]);
  ended.catch(() => {});
}

/** Runs one failing and one good date, so that Redis knows every script: an unknown one is sent twice. */
export async function teachRedisScripts(workspace: TestWorkspace): Promise<void> {
  const fleet = await Fleet.open(workspace);
  const days = sourceDays(2);
  await fleet.script(days[0] ?? '', PLATFORM_FAILURE);
  await fleet.worker();
  await fleet.ended(await fleet.backfill(days));
  await fleet.logged();
  await fleet.close();
}
