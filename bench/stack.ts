import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type BackfillAnswer, BackfillAnswerSchema } from '../bin/rest-answers.ts';
import type { RestClient } from '../bin/rest-client.ts';
import type { WorkspaceSession } from '../bin/workspace-session.ts';
import { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import type { BenchJob } from './bench-job.ts';
import type { EmulatorControl } from './emulator-control.ts';
import type { Fleet } from './fleet.ts';
import { redisBytes } from './redis-size.ts';
import { REDIS_PREFIX, type StackParts, startParts } from './stack-parts.ts';
import type { BenchRun } from './suite.ts';
import { untilAborted } from './until-aborted.ts';

const LOOK_INTERVAL_MS = 200;

export interface StackOptions {
  readonly jobs: readonly BenchJob[];
  /** Workers from the start on; none runs without one. */
  readonly workers: number;
  /** Whether the fleet keeps to its default of requests a second instead of being free to ask as it likes. */
  readonly defaultBudget?: boolean;
  /** Further settings of its processes. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether a web process is started; true by default. */
  readonly web?: boolean;
}

/** Redis, emulator, web and workers as in production: each its own process, on loopback, nobody else's. */
export class BenchStack {
  readonly emulator: EmulatorControl;
  readonly workspace: WorkspaceSession;
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly fleet: Fleet;
  /** Environment and directory that lead a further process of ours to this stack. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly #parts: StackParts;
  readonly #releases: ReleaseStack;

  private constructor(parts: StackParts, releases: ReleaseStack) {
    this.emulator = parts.emulator;
    this.workspace = parts.workspace;
    this.redis = parts.redis;
    this.redisUrl = parts.redisUrl;
    this.fleet = parts.fleet;
    this.env = parts.env;
    this.cwd = parts.cwd;
    this.#parts = parts;
    this.#releases = releases;
  }

  /** Starts all of it, with tables and jobs. What had started is stopped when the bench is. */
  static async start(options: StackOptions, { build, signal }: BenchRun): Promise<BenchStack> {
    const releases = new ReleaseStack();
    try {
      return new BenchStack(await untilAborted(startParts(options, build, releases), signal), releases);
    } catch (failure) {
      await releases.release();
      throw failure;
    }
  }

  get web(): RestClient {
    return this.fleet.client;
  }

  jobId(name: string): string {
    const id = this.#parts.jobIds.get(name);
    if (id === undefined) throw new Error(`The stack has no job ${name}.`);
    return id;
  }

  /** The same stack for a borrower: stopping that ends only what was added to it. */
  borrowed(): BenchStack {
    return new BenchStack(this.#parts, new ReleaseStack());
  }

  /** Registers what shall be released before the stack itself is. */
  addRelease(release: () => void | Promise<void>): Promise<void> {
    return this.#releases.add(release);
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
  redisBytes(backfillId?: string): Promise<number> {
    const part = backfillId === undefined ? '' : `backfill:${backfillId}`;
    return redisBytes(this.redis, `${REDIS_PREFIX}:${part}`);
  }

  stop(): Promise<void> {
    return this.#releases.release();
  }
}

/** Gives a stack to `work` and stops it, whatever becomes of that; in the short form, lends the one that there is. */
export async function withStack<T>(
  options: StackOptions,
  run: BenchRun,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  if (run.shared !== null) return run.shared.lend(options, run, work);
  const stack = await BenchStack.start(options, run);
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}
