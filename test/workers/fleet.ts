import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { Agent, fetch } from 'undici';
import { createBackfill } from '../../dashboard/backfill-creation.ts';
import { BackfillRequestSchema } from '../../dashboard/backfill-request.ts';
import { planBackfill } from '../../dashboard/planned-backfill.ts';
import { BackfillControl } from '../../queues/backfill-control.ts';
import { BackfillQueues } from '../../queues/backfill-queues.ts';
import { Dispatcher } from '../../queues/dispatcher.ts';
import { KeySpace } from '../../queues/key-space.ts';
import { Outbox } from '../../queues/outbox/outbox.ts';
import { isFinished } from '../../queues/plan/backfill-record.ts';
import type { BackfillView } from '../../queues/plan/backfill-view.ts';
import { PlanStore } from '../../queues/plan/plan-store.ts';
import type { Config, JobConfig, JobPolicy } from '../../src/config/config.ts';
import { defaultPolicy } from '../../src/config/job-policy.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { spelt } from '../../src/config/value-schema.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { BackfillWorker } from '../../workers/worker.ts';
import { RunningCommand } from '../harness/command.ts';
import type { LedgerEntry } from '../harness/emulator-process.ts';
import { cleanUpRedis, openTestRedis, testPrefix } from '../harness/redis.ts';
import type { TestWorkspace } from '../harness/workspace.ts';
import { FactRecord } from './fact-record.ts';

const LOOK_INTERVAL_MS = 25;
const PATIENCE_MS = 60_000;
const CALLER = { name: 'tester', role: 'operator' } as const;
/** Tokens of runs that somebody else started. */
const FOREIGN = 'foreign-';
const RUN_DURATION = { min: 50, max: 150 };

/** A worker in this process and the facts it told. */
export interface ListenedWorker {
  readonly worker: BackfillWorker;
  readonly facts: FactRecord;
}

export interface FleetOptions {
  /** Settings of the target job on top of those of `02_process_data`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly policy?: Partial<JobPolicy>;
  /** Keys of the section `backfill` for every worker, in this process or its own. */
  readonly section?: Readonly<Record<string, unknown>>;
}

let jobsMade = 0;

/**
 * Workers of one test on a shared workspace: a target job of its own, so that the ledger and the log tell
 * its runs apart, and a part of Redis of its own. Close it in afterEach.
 */
export class Fleet {
  readonly workspace: TestWorkspace;
  readonly config: Config;
  readonly jobId: string;
  readonly jobName: string;
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly plans: PlanStore;
  readonly queues: BackfillQueues;
  readonly dispatcher: Dispatcher;
  readonly control: BackfillControl;
  readonly outbox: Outbox;
  /** What all in-process workers told. */
  readonly facts = new FactRecord();
  readonly #workers: BackfillWorker[] = [];
  readonly #processes: RunningCommand[] = [];
  readonly #section: Readonly<Record<string, unknown>>;
  #configDir: string | null = null;

  private constructor(
    workspace: TestWorkspace,
    job: JobConfig & { jobId: string },
    section: Readonly<Record<string, unknown>>,
  ) {
    this.#section = section;
    this.workspace = workspace;
    this.jobId = job.jobId;
    this.jobName = job.name;
    const redis = { ...workspace.config.redis, prefix: testPrefix() };
    this.config = {
      ...workspace.config,
      ...signalConfig(section),
      redis,
      worker: fast(workspace.config),
      jobs: { [job.name]: job },
    };
    this.redis = openTestRedis();
    this.keys = new KeySpace(redis.prefix);
    this.plans = new PlanStore(this.redis, this.keys, { lineage: this.config.lineage !== null });
    this.queues = new BackfillQueues(this.redis, this.keys);
    this.dispatcher = new Dispatcher(this.redis, this.keys, this.queues);
    this.control = new BackfillControl(this.redis, this.keys, this.queues, this.dispatcher);
    this.outbox = new Outbox(this.redis, this.keys);
  }

  static async open(
    workspace: TestWorkspace,
    { settings = {}, policy = {}, section = {} }: FleetOptions = {},
  ): Promise<Fleet> {
    jobsMade += 1;
    const name = `process_data_${jobsMade}`;
    const shipped = workspace.config.jobs['02_process_data']?.settings ?? {};
    const all = { ...shipped, ...settings, name };
    const { jobId } = await workspace.client.jobs.create(all);
    const quick = { retryDelayMs: 100, maxRetryDelayMs: 400 };
    const job = { key: name, name, jobId, settings: all, policy: { ...defaultPolicy, ...quick, ...policy } };
    return new Fleet(workspace, job, section);
  }

  /** Starts a worker in this process, with these settings on top of those of the fleet. */
  async worker(tuning: Partial<Config['worker']> = {}): Promise<ListenedWorker> {
    const listened = this.unstartedWorker(tuning);
    await listened.worker.start();
    return listened;
  }

  /** A worker in this process that somebody else starts; it is stopped with the fleet. */
  unstartedWorker(tuning: Partial<Config['worker']> = {}): ListenedWorker {
    const bus = new FactBus();
    const facts = new FactRecord();
    bus.subscribe((fact) => {
      facts.add(fact);
      this.facts.add(fact);
    });
    const config = { ...this.config, worker: { ...this.config.worker, ...tuning } };
    const worker = new BackfillWorker({ config, facts: bus });
    this.#workers.push(worker);
    return { worker, facts };
  }

  /** Starts `backfill worker` as a process and waits until it is ready. */
  async workerProcess(env: Readonly<Record<string, string>> = {}): Promise<RunningCommand> {
    const command = await this.unreadyWorkerProcess(env);
    await command.untilSaid('"Ready"');
    return command;
  }

  /** Starts `backfill worker` as a process, with these settings on top of those of the fleet. */
  async unreadyWorkerProcess(settings: Readonly<Record<string, string>> = {}): Promise<RunningCommand> {
    this.#configDir ??= await mkdtemp(join(tmpdir(), 'fleet-'));
    const file = join(this.#configDir, 'backfill.yaml');
    await writeFile(
      file,
      JSON.stringify({ backfill: { ...this.#section, worker: written(this.config.worker) } }),
    );
    const env = {
      ...this.workspace.env,
      BACKFILL_REDIS_PREFIX: this.config.redis.prefix,
      BACKFILL_CONFIG: file,
      ...settings,
    };
    const command = new RunningCommand(['worker'], { env });
    this.#processes.push(command);
    return command;
  }

  /** Asks for a backfill as POST /api/backfills does; answers its id. */
  async backfill(dates: readonly string[], request: Record<string, unknown> = {}): Promise<string> {
    const body = { job: this.jobName, dates, ...request };
    const { client } = this.workspace;
    const planned = await planBackfill(client, this.config, BackfillRequestSchema.parse(body));
    const context = { plans: this.plans, queues: this.queues, facts: new FactBus() };
    return (await createBackfill(context, planned, { caller: CALLER, body, idempotencyKey: null })).id;
  }

  /** Waits for the end of a backfill. */
  async ended(id: string): Promise<BackfillView> {
    await this.until(`the end of ${id}`, async () => isFinished((await this.plans.requireRecord(id)).state));
    return this.plans.view(id);
  }

  /** Waits until the log tables hold everything. */
  async logged(): Promise<void> {
    await this.until('an empty outbox', async () => (await this.outbox.length()) === 0);
  }

  /** Lets the time pass for which a killed writer of the log may still have a statement under way. */
  async releaseLogLease(): Promise<void> {
    await this.redis.pexpire(this.keys.lease('log-writer'), 1);
  }

  /** Looks again and again until the condition holds. */
  async until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}. ${await this.#state()}`);
      await pause(LOOK_INTERVAL_MS);
    }
  }

  /** Changes settings of the live job. */
  async updateJob(settings: Record<string, unknown>): Promise<void> {
    await this.workspace.client.jobs.update(this.jobId, settings);
  }

  /** Sets how long runs take that start to run from now on. */
  async runsTake(durationMs: number): Promise<void> {
    await this.workspace.emulator.local.config({ run_duration_ms: { min: durationMs, max: durationMs } });
  }

  /**
   * Starts runs of the job that are none of ours and last, and waits until they run. Answers the function
   * that ends them.
   */
  async foreignRuns(dates: readonly string[]): Promise<() => Promise<void>> {
    const { jobs } = this.workspace.client;
    await this.runsTake(60_000);
    const ids = await Promise.all(
      dates.map(async (date) => {
        const idempotencyToken = `${FOREIGN}${this.jobId}-${date}`;
        const jobParameters = { position_date: date };
        return (await jobs.runNow({ jobId: this.jobId, jobParameters, idempotencyToken })).runId;
      }),
    );
    await this.until('the foreign runs to run', async () => {
      const runs = await Promise.all(ids.map((id) => jobs.getRun(id)));
      return runs.every(({ phase }) => phase === 'running');
    });
    await this.runsTake(RUN_DURATION.max);
    return async () => void (await Promise.all(ids.map((id) => jobs.cancelRun(id))));
  }

  /** Deletes a run at Databricks, as somebody with too many runs would. */
  async deleteRun(runId: string): Promise<void> {
    const { url, caFile } = this.workspace.emulator;
    const dispatcher = new Agent({ connect: { ca: await readFile(caFile, 'utf8') } });
    const response = await fetch(`${url}/api/2.2/jobs/runs/delete`, {
      method: 'POST',
      headers: { authorization: 'Bearer test' },
      // Run ids exceed what a number of JavaScript holds.
      body: `{"run_id":${runId}}`,
      dispatcher,
    });
    if (!response.ok) throw new Error(`runs/delete: HTTP ${response.status} ${await response.text()}`);
    await dispatcher.destroy();
  }

  /** Every answered run-now of ours for this test's job, in order. */
  async runNow(): Promise<LedgerEntry[]> {
    const { run_now } = await this.workspace.emulator.local.ledger();
    return run_now.filter(
      ({ job_id, idempotency_token }) => job_id === this.jobId && !idempotency_token?.startsWith(FOREIGN),
    );
  }

  /** The runs that were made, each once. */
  async runs(): Promise<LedgerEntry[]> {
    return (await this.runNow()).filter(({ created }) => created);
  }

  async liveRuns(): Promise<LedgerEntry[]> {
    return (await this.runs()).filter(({ run_state }) => !['TERMINATED', 'SKIPPED'].includes(run_state));
  }

  /** Cancels at Databricks, as a person would, what runs now. */
  async cancelRuns(): Promise<void> {
    for (const { run_id } of await this.liveRuns()) await this.workspace.client.jobs.cancelRun(run_id);
  }

  /** How the runs of a date shall end, in order; after them the notebook decides. */
  async script(date: string, ...attempts: object[]): Promise<void> {
    const parameters = { position_date: date };
    await this.workspace.emulator.local.outcomes({ job_name: this.jobName, parameters, attempts });
  }

  async close(): Promise<void> {
    const { local } = this.workspace.emulator;
    await local.clearFaults();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await Promise.all(this.#processes.map((command) => end(command)));
    await local.config({ run_duration_ms: RUN_DURATION });
    await this.queues.close();
    await cleanUpRedis(this.config.redis.prefix);
    if (this.#configDir !== null) await rm(this.#configDir, { recursive: true, force: true });
  }

  async #state(): Promise<string> {
    const { items } = await this.plans.list({ limit: 5 });
    const letters = await Promise.all(items.map(({ id }) => this.redis.get(this.keys.letters(id))));
    const told = this.facts.all.slice(-8).map((fact) => JSON.stringify(fact, errorsToo));
    return JSON.stringify({ items, letters, outbox: await this.outbox.length(), told }, null, 1);
  }
}

function fast(config: Config): Config['worker'] {
  return {
    ...config.worker,
    lockDurationMs: 2_000,
    stalledIntervalMs: 500,
    feedIntervalMs: 200,
    limitIntervalMs: 300,
    logFlushIntervalMs: 200,
    handoverMs: 1_500,
  };
}

/** What the keys of `backfill` say of alerts, lineage and telemetry, read as from a file. */
function signalConfig(section: Readonly<Record<string, unknown>>) {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  writeFileSync(join(folder, 'backfill.yaml'), JSON.stringify({ backfill: section }));
  const { alerts, lineage, telemetry } = loadConfig({ env: {}, cwd: folder, homeDir: folder });
  rmSync(folder, { recursive: true });
  return { alerts, lineage, telemetry };
}

/** As the configuration file spells it. */
function written(worker: Config['worker']): Record<string, string> {
  return {
    lock_duration: spelt(worker.lockDurationMs),
    stalled_interval: spelt(worker.stalledIntervalMs),
    feed_interval: spelt(worker.feedIntervalMs),
    limit_interval: spelt(worker.limitIntervalMs),
    watch_percent: String(worker.watchPercent),
    requests_per_second: String(worker.requestsPerSecond),
    log_flush_interval: spelt(worker.logFlushIntervalMs),
    handover: spelt(worker.handoverMs),
  };
}

async function end(command: RunningCommand): Promise<void> {
  const alarm = setTimeout(() => command.child.kill('SIGKILL'), 5_000);
  await command.stop();
  clearTimeout(alarm);
}

function errorsToo(_key: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value;
}
