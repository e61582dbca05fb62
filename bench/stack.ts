import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { CommandContext } from '../bin/command-context.ts';
import { emulatorEnvironment, emulatorFacts, startEmulatorProcess } from '../bin/emulator-process.ts';
import { findRedis } from '../bin/local-redis.ts';
import { type BackfillAnswer, BackfillAnswerSchema } from '../bin/rest-answers.ts';
import type { RestClient } from '../bin/rest-client.ts';
import { ServiceProcess } from '../bin/service-process.ts';
import { processTerminal } from '../bin/terminal.ts';
import { applyConfiguredJobs } from '../bin/verbs/jobs.ts';
import { setUp } from '../bin/verbs/setup.ts';
import { WorkspaceSession } from '../bin/workspace-session.ts';
import { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import { EmulatorControl } from './emulator-control.ts';
import { untilAborted } from './until-aborted.ts';

const WORKSPACE = join(import.meta.dirname, 'workspace');
const REDIS_PREFIX = 'bench';
const LOOK_INTERVAL_MS = 100;

/** pino's number of the level `warn`. */
const WARN = 40;

/** Redis, emulator, web and workers as in production: each its own process, on loopback, nobody else's. */
export class BenchStack {
  readonly emulator: EmulatorControl;
  readonly web: RestClient;
  readonly workspace: WorkspaceSession;
  readonly redis: Redis;
  /** Environment and directory that lead a further process of ours to this stack. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string = WORKSPACE;
  readonly #releases: ReleaseStack;

  private constructor(
    parts: Pick<BenchStack, 'emulator' | 'web' | 'workspace' | 'redis' | 'env'>,
    releases: ReleaseStack,
  ) {
    this.emulator = parts.emulator;
    this.web = parts.web;
    this.workspace = parts.workspace;
    this.redis = parts.redis;
    this.env = parts.env;
    this.#releases = releases;
  }

  /** Starts all of it, with tables and jobs; `signal` ends a start under way. What had started is stopped. */
  static async start(workers: number, signal: AbortSignal): Promise<BenchStack> {
    const releases = new ReleaseStack();
    try {
      return new BenchStack(await untilAborted(startParts(workers, releases), signal), releases);
    } catch (failure) {
      await releases.release();
      throw failure;
    }
  }

  async create(request: object): Promise<BackfillAnswer> {
    return BackfillAnswerSchema.parse(await this.web.post('/api/backfills', request));
  }

  /** Looks until the backfill is as wanted. */
  async until(
    id: string,
    wanted: (backfill: BackfillAnswer) => boolean,
    signal: AbortSignal,
  ): Promise<BackfillAnswer> {
    for (;;) {
      const backfill = BackfillAnswerSchema.parse(await this.web.get(`/api/backfills/${id}`));
      if (wanted(backfill)) return backfill;
      await pause(LOOK_INTERVAL_MS, undefined, { signal });
    }
  }

  /** Bytes of Redis memory that everything of ours takes (plans, queues, outbox), or one backfill's keys. */
  async redisBytes(backfillId?: string): Promise<number> {
    const part = backfillId === undefined ? '' : `backfill:${backfillId}`;
    const keys = await this.redis.keys(`${REDIS_PREFIX}:${part}*`);
    const sizes = await Promise.all(keys.map((key) => this.redis.memory('USAGE', key, 'SAMPLES', 0)));
    return sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  }

  stop(): Promise<void> {
    return this.#releases.release();
  }
}

async function startParts(workers: number, releases: ReleaseStack) {
  const directory = await mkdtemp(join(tmpdir(), 'backfill-bench-'));
  await releases.add(() => rm(directory, { recursive: true, force: true }));
  const { PATH, HOME = directory } = process.env;
  const onNotice = processTerminal.notice;
  const server = await findRedis({ env: { PATH }, onNotice });
  await releases.add(() => server.stop());
  const flags = ['--port', '0', '--data-dir', directory, '--in-memory', '--json'];
  const emulatorProcess = startEmulatorProcess({ flags, cwd: WORKSPACE, env: { PATH, HOME } });
  await releases.add(() => emulatorProcess.stop());
  const facts = await emulatorFacts(emulatorProcess);
  const emulator = await EmulatorControl.open(facts.url, facts.ca);
  await releases.add(() => emulator.close());

  const env = {
    PATH,
    HOME,
    ...emulatorEnvironment(facts),
    REDIS_URL: server.url,
    BACKFILL_REDIS_PREFIX: REDIS_PREFIX,
    BACKFILL_PORT: '0',
    BACKFILL_REQUESTS_PER_SECOND: '1000',
  };
  const context = new CommandContext({ env, cwd: WORKSPACE, homeDir: directory, terminal: processTerminal });
  await setUp(context, () => {});
  await applyConfiguredJobs({}, context, () => {});
  const services = Array.from({ length: workers + 1 }, (_, index) => {
    const name = index === 0 ? 'web' : `worker ${index}`;
    const onLine = (line: string) => tellComplaint(name, line);
    return new ServiceProcess({ verb: index === 0 ? 'web' : 'worker', name, cwd: WORKSPACE, env, onLine });
  });
  await releases.add(async () => void (await Promise.all(services.map((service) => service.stop()))));
  const [address] = await Promise.all(services.map(({ ready }) => ready));
  const web = await context.withEnvironment({ ...env, BACKFILL_URL: address?.url }).restClient();
  const workspace = new WorkspaceSession(await context.config());
  await releases.add(() => workspace.close());
  const redis = new Redis(server.url);
  await releases.add(() => redis.disconnect());
  return { emulator, web, workspace, redis, env };
}

function tellComplaint(name: string, line: string): void {
  const level = /^\{"level":(\d+)/.exec(line)?.[1];
  if (level === undefined || Number(level) >= WARN) processTerminal.notice(`${name}: ${line}`);
}
