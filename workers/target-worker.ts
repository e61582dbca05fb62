import { ErrorCode, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { KeySpace } from '../queues/key-space.ts';
import { Lease } from '../queues/lease.ts';
import type { FleetLooks } from '../queues/looks/fleet-looks.ts';
import type { DateJob } from '../queues/payloads/date-job.ts';
import { failedDateJob } from '../queues/payloads/failed-date-job.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';
import { dateQueueName } from '../queues/queue-names.ts';
import { setLimit } from '../queues/scripts/set-limit.ts';
import type { WorkerConfig } from '../src/config/config.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { Service } from '../src/lifecycle/service.ts';
import type { Tracing } from '../src/tracing/tracing.ts';
import type { AttemptRunner } from './attempt-runner.ts';
import type { CancelWatch } from './cancel-watch.ts';
import { type DateJobResult, DateProcessor } from './date-processor.ts';
import { KnownBackfills } from './known-backfills.ts';
import { limitLeaseMs } from './limit-pace.ts';
import { pause } from './pause.ts';
import { QUEUE_RETRY_DELAY_MS } from './queue-retry.ts';
import { RunWatch } from './run-watch.ts';

/** A date may be taken over any number of times; only the plan ends it. */
const MAX_STALLED_COUNT = 1_000_000;
/** How BullMQ begins to tell once more, date by date, what `lockRenewalFailed` tells of all of them. */
const LOST_LOCK = 'could not renew lock for job';
/**
 * Why BullMQ cannot end a job that another has taken over or ended. The plan has what became of the date, and
 * its own facts have told of it.
 */
const TAKEN_OVER: readonly unknown[] = [
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
  ErrorCode.JobNotExist,
];
/** How long an idle worker blocks on Redis before it looks again. */
const DRAIN_DELAY_SECONDS = 2;

export interface TargetWorkerParts {
  readonly jobId: string;
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly plans: PlanReader;
  readonly queues: BackfillQueues;
  readonly dispatcher: Dispatcher;
  readonly client: WorkspaceClient;
  readonly looks: FleetLooks;
  readonly runner: AttemptRunner;
  readonly cancels: CancelWatch;
  readonly facts: FactBus;
  readonly tuning: WorkerConfig;
  readonly tracing: Tracing;
  readonly handover: AbortSignal;
}

/** Everything that this process does for one target job: its dates, its plan's upkeep, its limit. */
export class TargetWorker implements Service {
  readonly #parts: TargetWorkerParts;
  readonly #stopping = new AbortController();
  #processor: DateProcessor | null = null;
  #watch: RunWatch | null = null;
  #worker: Worker<DateJob, DateJobResult> | null = null;
  #upkeep: Promise<unknown> = Promise.resolve();

  constructor(parts: TargetWorkerParts) {
    this.#parts = parts;
  }

  get held(): number {
    return this.#processor?.held ?? 0;
  }

  async start(): Promise<void> {
    if (this.#worker || this.#stopping.signal.aborted) return;
    const { jobId, facts, plans, client, looks, tuning, handover } = this.#parts;
    const { redis, keys } = this.#parts;
    await this.#readLimit().catch((error) => this.#tellFailure('limit', error));
    const { typicalRunMs } = await plans.target(jobId);
    const jobName = (await redis.hget(keys.target(jobId), 'job_name')) ?? jobId;
    if (this.#stopping.signal.aborted) return;
    const share = tuning.watchPercent / 100;
    this.#watch = new RunWatch({ client, looks, jobId, facts, typicalMs: typicalRunMs, share, handover });
    this.#processor = new DateProcessor({
      ...this.#parts,
      jobName,
      watch: this.#watch,
      backfills: new KnownBackfills(plans),
    });
    this.#worker = this.#open(this.#processor);
    this.#upkeep = Promise.all([
      this.#every(tuning.feedIntervalMs, 'repair', () => this.#repair()),
      this.#every(tuning.limitIntervalMs, 'limit', () => this.#followLimit()),
    ]);
    facts.emit({ type: 'target.opened', job_id: jobId });
  }

  /** Waits until every date in hand is handed over; the hand-over itself is ordered by the worker's signal. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#worker?.close();
    await this.#watch?.stop();
    await this.#upkeep;
  }

  /** Cuts the connection to Redis without a farewell. */
  disconnect(): void {
    this.#worker?.disconnect().catch(() => {});
  }

  #open(processor: DateProcessor): Worker<DateJob, DateJobResult> {
    const { jobId, redis, keys, facts, tuning, tracing } = this.#parts;
    const worker = new Worker<DateJob, DateJobResult>(
      dateQueueName(jobId),
      (job, token, signal) => processor.process(job, token ?? '', signal ?? this.#stopping.signal),
      {
        connection: redis,
        prefix: keys.prefix,
        concurrency: tuning.concurrency,
        lockDuration: tuning.lockDurationMs,
        stalledInterval: tuning.stalledIntervalMs,
        maxStalledCount: MAX_STALLED_COUNT,
        drainDelay: DRAIN_DELAY_SECONDS,
        runRetryDelay: QUEUE_RETRY_DELAY_MS,
        ...(tracing.bullmq && { telemetry: tracing.bullmq }),
      },
    );
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const id of jobIds) worker.cancelJob(id, 'The lock of this date could not be renewed.');
    });
    worker.on('completed', (job, result) => {
      // A withdrawn date may be fed again under the same id, which a kept job would swallow.
      if (result.outcome === 'withdrawn') job.remove().catch(() => {});
    });
    worker.on('error', (error) => {
      if (error.message.startsWith(LOST_LOCK) || isOfLostDate(error)) return;
      facts.emit({ type: 'queue.error', queue: dateQueueName(jobId), error });
    });
    return worker;
  }

  async #repair(): Promise<void> {
    const { dispatcher, jobId, facts, plans, queues } = this.#parts;
    const { readded, undecided } = await dispatcher.repair(jobId);
    if (readded > 0) facts.emit({ type: 'repair.readded', job_id: jobId, dates: readded });
    for (const { backfillId, positionDate, attempt } of undecided) {
      const record = await plans.attempt(backfillId, positionDate);
      if (record?.attempt !== attempt) continue;
      await queues.addFailedDateAgain(failedDateJob({ jobId, backfillId, positionDate }, record));
    }
    await dispatcher.feed(jobId);
  }

  /** A job that nothing is to be run of has a limit that nobody needs. */
  async #followLimit(): Promise<void> {
    const { redis, keys, jobId } = this.#parts;
    if ((await redis.exists(keys.open(jobId))) === 1) await this.#readLimit();
  }

  /** One worker of the fleet reads the live job's limit each interval; a job that is gone keeps its last. */
  async #readLimit(): Promise<void> {
    const { redis, keys, jobId, client, dispatcher, facts, tuning } = this.#parts;
    const turn = new Lease(redis, keys, `limit:${jobId}`, tuning.limitIntervalMs);
    if (!(await turn.hold())) return;
    const { settings } = await client.jobs.get(jobId, { signal: this.#stopping.signal });
    const { changed, limit, unchanged_ms, typical_run_ms } = await setLimit.run(redis, keys.prefix, {
      job_id: jobId,
      max_concurrent_runs: settings.maxConcurrentRuns,
    });
    const leaseMs = limitLeaseMs(tuning.limitIntervalMs, unchanged_ms, typical_run_ms);
    // Held anew for one turn only, it might still be held when that is over.
    if (leaseMs > tuning.limitIntervalMs) await turn.hold(leaseMs);
    if (!changed) return;
    facts.emit({ type: 'limit.changed', job_id: jobId, limit });
    await dispatcher.feed(jobId);
  }

  #tellFailure(service: string, error: unknown): void {
    if (!this.#stopping.signal.aborted) this.#parts.facts.emit({ type: 'service.failed', service, error });
  }

  async #every(intervalMs: number, service: string, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await act().catch((error) => this.#tellFailure(service, error));
      await pause(intervalMs, signal).catch(() => {});
    }
  }
}

function isOfLostDate(error: Error): boolean {
  return 'code' in error && TAKEN_OVER.includes(error.code);
}
