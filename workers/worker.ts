import { setTimeout } from 'node:timers/promises';
import { type Processor, Worker } from 'bullmq';
import { BackfillControl } from '../queues/backfill-control.ts';
import { BackfillQueues } from '../queues/backfill-queues.ts';
import { FleetBudget } from '../queues/budget/fleet-budget.ts';
import { Dispatcher } from '../queues/dispatcher.ts';
import { KeySpace } from '../queues/key-space.ts';
import { Lease } from '../queues/lease.ts';
import { FleetLooks } from '../queues/looks/fleet-looks.ts';
import { Outbox } from '../queues/outbox/outbox.ts';
import { PlanStore } from '../queues/plan/plan-store.ts';
import {
  ALERTS_QUEUE,
  FAILED_DATES_QUEUE,
  LINEAGE_QUEUE,
  PLANS_QUEUE,
  SWEEPS_QUEUE,
} from '../queues/queue-names.ts';
import { checkRedis, openRedis } from '../queues/redis/connection.ts';
import { RetrySchedules } from '../queues/retries/retry-schedules.ts';
import { Sweep } from '../queues/retries/sweep.ts';
import type { Config } from '../src/config/config.ts';
import { Warehouse } from '../src/databricks/warehouse.ts';
import { WorkspaceClient, type WorkspaceClientOptions } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import type { Service } from '../src/lifecycle/service.ts';
import { TableNames } from '../src/tables/table-names.ts';
import { NO_TRACING, type Tracing } from '../src/tracing/tracing.ts';
import { AlertProcessor } from './alert-processor.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { CancelWatch } from './cancel-watch.ts';
import { deliveryDelayMs } from './delivery.ts';
import { LineageProcessor } from './lineage-processor.ts';
import { LogWriter } from './log-writer.ts';
import { Planner } from './planner.ts';
import { QualityGate } from './quality-gate.ts';
import { QUEUE_RETRY_DELAY_MS } from './queue-retry.ts';
import { RETENTION_LEASE_MS, Retention } from './retention.ts';
import { RetryProcessor } from './retry-processor.ts';
import { RunStarter } from './run-starter.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';
import { signalServices } from './signal-services.ts';
import { StartStop } from './start-stop.ts';
import { SweepProcessor } from './sweep-processor.ts';
import { TargetRoster } from './target-roster.ts';

/** A statement, waking the warehouse included; the log writer's lease must outlast it. */
const STATEMENT_SECONDS = 60;
/** A check reads what a run has written, which may be much; it has a session of its own. */
const CHECK_SECONDS = 600;
const LOG_LEASE_MS = 75_000;
const PLAN_CONCURRENCY = 4;
const RETRY_CONCURRENCY = 10;
const SWEEP_CONCURRENCY = 1;
const ALERT_CONCURRENCY = 4;
const LINEAGE_CONCURRENCY = 10;

export interface BackfillWorkerOptions {
  readonly config: Config;
  readonly facts: FactBus;
  /** Told of each request to the workspace. */
  readonly onRequest?: WorkspaceClientOptions['onRequest'] | undefined;
  readonly tracing?: Tracing;
}

/**
 * A worker process: runs dates, decides on failures, ends planning and writes the log. Any number of them
 * share the work over Redis; none is special.
 */
export class BackfillWorker implements Service {
  readonly #config: Config;
  readonly #facts: FactBus;
  readonly #onRequest: BackfillWorkerOptions['onRequest'];
  readonly #tracing: Tracing;
  readonly #handover = new AbortController();
  readonly #releases = new ReleaseStack();
  /** Cut the connections to Redis without a farewell. */
  readonly #connections: (() => void)[] = [];
  #roster: TargetRoster | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: BackfillWorkerOptions) {
    this.#config = options.config;
    this.#facts = options.facts;
    this.#onRequest = options.onRequest;
    this.#tracing = options.tracing ?? NO_TRACING;
  }

  /**
   * Does nothing after `stop`.
   * @throws BackfillError configuration_invalid, redis_unavailable; what had started is stopped again.
   */
  async start(): Promise<void> {
    if (this.#stopping !== null) return;
    this.#starting ??= this.#start().catch(async (error) => {
      await this.#releases.release();
      throw error;
    });
    return this.#starting;
  }

  /** Hands every date over and stops; runs at Databricks go on and other workers watch them. */
  stop(): Promise<void> {
    // Shared, so that a second call does not free what a start under way is still taking.
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#handover.abort();
    await this.#starting?.catch(() => {});
    this.#facts.emit({ type: 'worker.stopping', held: this.#roster?.held ?? 0 });
    await this.#releaseInTime();
    this.#facts.emit({ type: 'worker.stopped' });
  }

  /**
   * Handing over needs Redis, and a Redis that is gone would keep us waiting for ever. What we could not hand
   * over is taken over when our locks run out.
   */
  async #releaseInTime(): Promise<void> {
    const released = this.#releases.release().then(() => true);
    const inTime = await Promise.race([
      released,
      setTimeout(this.#config.worker.handoverMs, false, { ref: false }),
    ]);
    if (inTime) return;
    released.catch(() => {});
    for (const cut of this.#connections) cut();
  }

  async #start(): Promise<void> {
    const { redis: address, databricks, tables, worker: tuning } = this.#config;
    const warehouseId = databricks?.warehouseId;
    if (!databricks || !warehouseId) {
      throw new BackfillError(
        'configuration_invalid',
        `A worker needs a workspace: set ${databricks ? 'DATABRICKS_WAREHOUSE_ID' : 'DATABRICKS_HOST, DATABRICKS_TOKEN and DATABRICKS_WAREHOUSE_ID'}.`,
      );
    }
    await checkRedis(address.url);
    const redis = openRedis(address.url, 'patient');
    await this.#releases.add(() => redis.disconnect());
    this.#connections.push(() => redis.disconnect());
    const keys = new KeySpace(address.prefix);
    const plans = new PlanStore(redis, keys, { lineage: this.#config.lineage !== null });
    const outbox = new Outbox(redis, keys);
    const queues = new BackfillQueues(redis, keys, this.#tracing);
    await this.#releases.add(() => queues.close());
    const dispatcher = new Dispatcher(redis, keys, queues);
    const control = new BackfillControl(redis, keys, queues, dispatcher);

    // The worker itself knows when to try again, and what a refused start means for everyone.
    const { host } = databricks;
    const jobsBudget = new FleetBudget({
      ...{ redis, keys, host, perSecond: tuning.requestsPerSecond },
      stopping: this.#handover.signal,
    });
    const client = new WorkspaceClient({
      ...databricks,
      retryWindowMs: 0,
      jobsBudget,
      onRequest: this.#onRequest,
    });
    await this.#releases.add(() => client.close());
    const sql = { client, warehouseId, caCert: databricks.caCert, retryWindowMs: 0 };
    const warehouse = new Warehouse({ ...sql, statementTimeoutSeconds: STATEMENT_SECONDS });
    await this.#releases.add(() => warehouse.close());
    const checking = new Warehouse({ ...sql, statementTimeoutSeconds: CHECK_SECONDS });
    await this.#releases.add(() => checking.close());
    const names = TableNames.from(tables);
    const facts = this.#facts;

    const writer = new LogWriter({
      outbox,
      plans,
      lease: new Lease(redis, keys, 'log-writer', LOG_LEASE_MS),
      warehouse,
      tables: names,
      starts: new StartStop({ redis, keys, dispatcher, control, facts }),
      facts,
      tracing: this.#tracing,
      flushIntervalMs: tuning.logFlushIntervalMs,
    });
    await this.#releases.add(() => writer.stop());
    await writer.start();
    const retention = new Retention({
      redis,
      keys,
      lease: new Lease(redis, keys, 'retention', RETENTION_LEASE_MS),
      warehouse,
      tables: names,
      facts,
      retentionDays: this.#config.retentionDays,
    });
    await this.#releases.add(() => retention.stop());
    await retention.start();

    const planner = new Planner({
      ...{ plans, outbox, dispatcher, warehouse, tables: names, facts },
      onPlanning: (jobId) => this.#roster?.expect(jobId),
    });
    await this.#consume(redis, keys, PLANS_QUEUE, PLAN_CONCURRENCY, (job) =>
      this.#tracing.span('plan', {}, () => planner.process(job)),
    );
    const retries = new RetryProcessor({ redis, keys, plans, queues, dispatcher, facts });
    await this.#consume(redis, keys, FAILED_DATES_QUEUE, RETRY_CONCURRENCY, (job) => retries.process(job));

    const schedules = new RetrySchedules(redis, keys, queues.sweeps);
    const sweep = new Sweep({
      ...{ redis, keys, plans, queues, outbox, client, facts, config: this.#config },
      read: (work) => work(warehouse, names),
    });
    const sweeps = new SweepProcessor({ redis, keys, sweep, schedules });
    await this.#consume(redis, keys, SWEEPS_QUEUE, SWEEP_CONCURRENCY, (job) => sweeps.process(job));
    const keeper = new ScheduleKeeper({ schedules, configured: this.#config.retries.schedules, facts });
    await this.#releases.add(() => keeper.stop());
    await keeper.start();

    const { alerts, lineage } = this.#config;
    const messages = new AlertProcessor({ redis, keys, channels: alerts.channels, facts });
    await this.#consume(redis, keys, ALERTS_QUEUE, ALERT_CONCURRENCY, (job) => messages.process(job));
    if (lineage !== null) {
      const events = new LineageProcessor(lineage, facts);
      await this.#consume(redis, keys, LINEAGE_QUEUE, LINEAGE_CONCURRENCY, (job) => events.process(job));
    }
    const watched = { redis, keys, plans, queues, dispatcher, client, config: this.#config, facts };
    for (const service of signalServices(watched)) {
      await this.#releases.add(() => service.stop());
      await service.start();
    }

    const tracing = this.#tracing;
    const quality = new QualityGate({ warehouse: checking, tables: names, facts });
    const starter = new RunStarter(client, facts, tracing);
    const runner = new AttemptRunner(client, starter, quality, facts, tracing);
    const subscriber = openRedis(address.url, 'patient');
    await this.#releases.add(() => subscriber.disconnect());
    const looks = new FleetLooks(redis, subscriber, keys);
    const cancels = new CancelWatch(redis, keys, facts);
    await this.#releases.add(() => cancels.stop());
    await cancels.start();
    const shared = {
      redis,
      keys,
      plans,
      queues,
      dispatcher,
      client,
      looks,
      runner,
      cancels,
      facts,
      tuning,
      tracing,
    };
    this.#roster = new TargetRoster({ ...shared, handover: this.#handover.signal });
    await this.#releases.add(() => this.#roster?.stop());
    this.#connections.push(() => this.#roster?.disconnect());
    await this.#roster.start();
    facts.emit({ type: 'worker.started', concurrency: tuning.concurrency });
  }

  async #consume(
    redis: ReturnType<typeof openRedis>,
    keys: KeySpace,
    queue: string,
    concurrency: number,
    processor: Processor,
  ): Promise<void> {
    const { lockDurationMs, stalledIntervalMs } = this.#config.worker;
    const worker = new Worker(queue, processor, {
      connection: redis,
      prefix: keys.prefix,
      concurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: QUEUE_RETRY_DELAY_MS,
      ...(this.#tracing.bullmq && { telemetry: this.#tracing.bullmq }),
      settings: { backoffStrategy: (attemptsMade, _type, error) => deliveryDelayMs(attemptsMade, error) },
    });
    worker.on('error', (error) => this.#facts.emit({ type: 'queue.error', queue, error }));
    await this.#releases.add(() => worker.close());
    this.#connections.push(() => void worker.disconnect().catch(() => {}));
  }
}
