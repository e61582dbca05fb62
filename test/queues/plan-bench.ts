import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { AttemptGate } from '../../queues/attempt-gate.ts';
import { BackfillControl } from '../../queues/backfill-control.ts';
import { BackfillQueues } from '../../queues/backfill-queues.ts';
import { Dispatcher } from '../../queues/dispatcher.ts';
import { KeySpace } from '../../queues/key-space.ts';
import { Outbox } from '../../queues/outbox/outbox.ts';
import type { DateJob } from '../../queues/payloads/date-job.ts';
import type { NewBackfill } from '../../queues/plan/new-backfill.ts';
import { PlanStore } from '../../queues/plan/plan-store.ts';
import type { PlannedDate } from '../../queues/plan/plan-text.ts';
import { dateQueueName } from '../../queues/queue-names.ts';
import { openRedis } from '../../queues/redis/connection.ts';
import { DAILY } from '../../src/planning/granularity.ts';
import type { LogRow } from '../../src/tables/log-row.ts';
import { cleanUpRedis, testPrefix, testRedisUrl } from '../harness/redis.ts';

export const JOB_ID = '8800000000000000001';

/** An attempt as a worker holds it: its BullMQ job, locked, and the gate to the plan. */
export interface Held {
  readonly job: Job<DateJob>;
  readonly token: string;
  readonly gate: AttemptGate;
}

/** Plans, queues and a hand that takes jobs as a worker would, all in a real Redis under this test's prefix. */
export class PlanBench {
  readonly redis: Redis = openRedis(testRedisUrl(), 'patient');
  readonly keys = new KeySpace(testPrefix());
  readonly plans = new PlanStore(this.redis, this.keys);
  readonly queues = new BackfillQueues(this.redis, this.keys);
  readonly dispatcher = new Dispatcher(this.redis, this.keys, this.queues);
  readonly control = new BackfillControl(this.redis, this.keys, this.queues, this.dispatcher);
  readonly outbox = new Outbox(this.redis, this.keys);
  readonly #hand = new Worker<DateJob>(dateQueueName(JOB_ID), null, {
    connection: this.redis,
    prefix: this.keys.prefix,
    autorun: false,
    skipStalledCheck: true,
  });
  #tokens = 0;
  #ids = 0;

  /** A running backfill of these dates. */
  async running(dates: readonly string[], options: Partial<NewBackfill> = {}): Promise<string> {
    const id = await this.planning(dates, options);
    const record = await this.plans.requireRecord(id);
    await this.plans.settle(record, await this.plans.plan(id), null);
    return id;
  }

  async planning(dates: readonly string[], options: Partial<NewBackfill> = {}): Promise<string> {
    const { id } = await this.plans.create(this.newBackfill(dates, options));
    return id;
  }

  /** A backfill of these dates that is not stored yet. */
  newBackfill(dates: readonly string[], options: Partial<NewBackfill> = {}): NewBackfill {
    this.#ids += 1;
    const id = `019b0000-0000-7000-8000-${String(this.#ids).padStart(12, '0')}`;
    const plan = dates.map((positionDate): PlannedDate => ({ positionDate, letter: 'p' }));
    return { ...newBackfill(id, plan), ...options };
  }

  /** Takes the next job of the queue as a worker would, or null when the queue lets none go. */
  async take(): Promise<Held | null> {
    this.#tokens += 1;
    const token = `token-${this.#tokens}`;
    const job = (await this.#hand.getNextJob(token, { block: false })) as Job<DateJob> | undefined;
    return job ? { job, token, gate: this.gateOf(job, token) } : null;
  }

  gateOf(job: Job<DateJob>, token: string): AttemptGate {
    const { backfill_id, position_date, attempt } = job.data;
    const lock = { job_id: JOB_ID, backfill_id, position_date, attempt, token };
    return new AttemptGate(this.redis, this.keys, lock, job.id ?? '');
  }

  /** Takes a job and brings it through the gate. */
  async start(): Promise<Held> {
    const held = await this.take();
    if (!held) throw new Error('The queue gave no job.');
    const answer = await held.gate.pass();
    if (answer.outcome !== 'started') throw new Error(`The gate answered ${answer.outcome}.`);
    return held;
  }

  async run(held: Held, runId: string): Promise<void> {
    await held.gate.recordRun(runId, null, JSON.stringify(this.row(held, 'STARTED')));
  }

  async end(
    held: Held,
    result: 'succeeded' | 'failed' | 'cancelled',
    failureClass: string | null = null,
  ): Promise<string | null> {
    const ended = await held.gate.end({
      result,
      failureClass,
      errorMessage: failureClass && `${failureClass}/X: no`,
      runPageUrl: null,
      runDurationMs: 1_000,
      finishedAt: new Date().toISOString(),
      row: JSON.stringify(this.row(held, result === 'succeeded' ? 'SUCCESS' : 'FAILED')),
    });
    await held.job.moveToCompleted({ outcome: result }, held.token, false);
    return ended;
  }

  row(held: Held, status: LogRow['status']): LogRow {
    const { backfill_id, position_date, attempt } = held.job.data;
    return {
      runId: held.job.id ?? '',
      positionDate: position_date,
      jobName: 'nightly',
      jobId: JOB_ID,
      status,
      startTime: new Date().toISOString(),
      endTime: status === 'STARTED' ? null : new Date().toISOString(),
      backfillJobId: '1',
      errorMessage: null,
      creatorUserName: 'test',
      runPageUrl: null,
      retryMetadata: null,
      backfillId: backfill_id,
      attempt,
      positionEndDate: position_date,
    };
  }

  async letters(id: string): Promise<string> {
    return (await this.redis.get(this.keys.letters(id))) ?? '';
  }

  async close(): Promise<void> {
    await this.#hand.close();
    await this.queues.close();
    this.redis.disconnect();
    await cleanUpRedis(this.keys.prefix);
  }
}

/** `count` consecutive days from 2024-06-01 on. */
export function days(count: number): string[] {
  const first = Date.UTC(2024, 5, 1);
  return Array.from({ length: count }, (_, index) =>
    new Date(first + index * 86_400_000).toISOString().slice(0, 10),
  );
}

function newBackfill(id: string, plan: readonly PlannedDate[]): NewBackfill {
  return {
    id,
    job: 'nightly',
    jobId: JOB_ID,
    maxConcurrentRuns: 3,
    headroom: 0,
    order: 'asc',
    reprocess: 'missing',
    priority: 100,
    maxActiveRuns: null,
    maxAttempts: 3,
    stopAfterFailures: null,
    createdBy: 'test',
    retryOf: null,
    retryTriggeredBy: null,
    request: { job: 'nightly' },
    runSettings: {
      date_parameter: 'position_date',
      date_format: 'yyyy-MM-dd',
      end_date_parameter: 'position_end_date',
      granularity: DAILY,
      parameter_style: 'job_parameters',
      parameters: {},
      retry_delay_ms: 0,
      max_retry_delay_ms: 0,
      run_deadline_ms: 60_000,
      success_with_failures: 'warn',
      quality: null,
    },
    plan,
    idempotency: null,
  };
}
