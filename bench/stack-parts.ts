import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { CommandContext } from '../bin/command-context.ts';
import { emulatorEnvironment, emulatorFacts, startEmulatorProcess } from '../bin/emulator-process.ts';
import { findRedis } from '../bin/local-redis.ts';
import { processTerminal } from '../bin/terminal.ts';
import { applyConfiguredJobs } from '../bin/verbs/jobs.ts';
import { setUp } from '../bin/verbs/setup.ts';
import { WorkspaceSession } from '../bin/workspace-session.ts';
import type { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import { writeBenchFiles } from './bench-job.ts';
import { EmulatorControl } from './emulator-control.ts';
import { Fleet } from './fleet.ts';
import type { ProductBuild } from './product-build.ts';
import { freeBudget } from './request-budget.ts';
import type { StackOptions } from './stack.ts';

export const REDIS_PREFIX = 'bench';

/** What a stack is made of; each part is registered for its release as soon as it is there. */
export interface StackParts {
  readonly emulator: EmulatorControl;
  readonly workspace: WorkspaceSession;
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly fleet: Fleet;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly jobIds: ReadonlyMap<string, string>;
}

export async function startParts(
  options: StackOptions,
  build: ProductBuild,
  releases: ReleaseStack,
): Promise<StackParts> {
  const { jobs, workers, defaultBudget = false, web = true } = options;
  const cwd = await mkdtemp(join(tmpdir(), 'backfill-bench-'));
  await releases.add(() => rm(cwd, { recursive: true, force: true }));
  await writeBenchFiles(cwd, jobs);
  const { PATH, HOME = cwd } = process.env;
  const server = await findRedis({ env: { PATH }, onNotice: processTerminal.notice });
  await releases.add(() => server.stop());
  const flags = ['--port', '0', '--data-dir', join(cwd, 'emulator'), '--in-memory', '--json'];
  const emulatorProcess = startEmulatorProcess({ flags, cwd, env: { PATH, HOME } });
  await releases.add(() => emulatorProcess.stop());
  const facts = await emulatorFacts(emulatorProcess);
  const emulator = await EmulatorControl.open(facts.url, facts.ca);
  await releases.add(() => emulator.close());

  const env = {
    PATH,
    HOME,
    ...emulatorEnvironment(facts),
    ...(defaultBudget ? {} : freeBudget()),
    ...options.env,
    REDIS_URL: server.url,
    BACKFILL_REDIS_PREFIX: REDIS_PREFIX,
    BACKFILL_PORT: '0',
  };
  const context = new CommandContext({ env, cwd, homeDir: cwd, terminal: processTerminal });
  await setUp(context, () => {}, { demoData: false });
  await applyConfiguredJobs({}, context, () => {});
  const workspace = new WorkspaceSession(await context.config());
  await releases.add(() => workspace.close());
  const jobIds = await idsOf(workspace);
  for (const { name } of jobs.filter(({ closed }) => closed)) {
    await workspace.client.jobs.update(jobIds.get(name) ?? '', { max_concurrent_runs: 0 });
  }
  const redis = new Redis(server.url);
  await releases.add(() => redis.disconnect());
  const fleet = new Fleet({ build, context, env, cwd });
  await releases.add(() => fleet.stop());
  await Promise.all([web && fleet.startWeb(), fleet.startWorkers(workers)]);
  return {
    emulator,
    workspace,
    redis,
    redisUrl: server.url,
    fleet,
    env,
    cwd,
    jobIds: await idsOf(workspace),
  };
}

async function idsOf({ client }: WorkspaceSession): Promise<Map<string, string>> {
  const jobs = await client.jobs.list();
  return new Map(jobs.map(({ jobId, settings }) => [settings.name, jobId]));
}
