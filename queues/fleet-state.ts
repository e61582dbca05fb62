import type { Redis } from 'ioredis';
import type { BackfillQueues } from './backfill-queues.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { KeySpace } from './key-space.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { BackfillView } from './plan/backfill-view.ts';
import type { DateState } from './plan/date-letter.ts';
import type { PlanReader } from './plan/plan-reader.ts';
import { PROBLEMS, type Problem } from './signals/signal.ts';

/** A worker that has not been heard of for so long does not count. */
export const WORKER_SILENCE_MS = 30_000;

const PROBLEM_FIELDS = PROBLEMS.map((problem) => `problem_${problem}`);
const UNFINISHED = ['wait', 'active', 'delayed', 'prioritized'] as const;

export interface JobReading {
  readonly name: string;
  readonly dates: Record<DateState, number>;
  readonly backfills: Record<string, number>;
  readonly slots: Record<string, number>;
  readonly oldestPendingSeconds: number;
  readonly progressAgeSeconds: number;
  /** Unfinished backfills that suffer from each problem, as the watcher of the workers found it. */
  readonly problems: Record<Problem, number>;
  /** Dates that the plans hold queued or running, less the BullMQ jobs that should carry them; 0, or look. */
  readonly queueMismatch: number;
  /** Null where nothing runs, or nothing has ended yet. */
  readonly etaSeconds: number | null;
  readonly orphanRuns: number;
  readonly reconcileLagSeconds: number | null;
}

export interface FleetReading {
  readonly jobs: readonly JobReading[];
  readonly outbox: { readonly count: number; readonly ageSeconds: number };
  readonly signals: number;
  readonly workers: number;
  /** Null where Redis does not tell. */
  readonly memory: { readonly used: number; readonly limit: number } | null;
}

/** How the whole fleet stands, read from Redis alone; what has ended costs nothing. */
export class FleetState {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #plans: PlanReader;
  readonly #outbox: Outbox;
  readonly #dispatcher: Dispatcher;
  readonly #queues: BackfillQueues;

  constructor(parts: {
    redis: Redis;
    keys: KeySpace;
    plans: PlanReader;
    outbox: Outbox;
    dispatcher: Dispatcher;
    queues: BackfillQueues;
  }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#plans = parts.plans;
    this.#outbox = parts.outbox;
    this.#dispatcher = parts.dispatcher;
    this.#queues = parts.queues;
  }

  async read(): Promise<FleetReading> {
    const now = Date.now();
    const [targets, waiting, signals, workers, memory] = await Promise.all([
      this.#dispatcher.targets(),
      this.#outbox.waiting(),
      this.#redis.xlen(this.#keys.signals),
      this.#redis.zcount(this.#keys.workers, now - WORKER_SILENCE_MS, '+inf'),
      this.#memory(),
    ]);
    return {
      jobs: await Promise.all(targets.map((jobId) => this.#job(jobId, now))),
      outbox: { count: waiting?.count ?? 0, ageSeconds: Math.max(0, waiting?.oldestAgeMs ?? 0) / 1_000 },
      signals,
      workers,
      memory,
    };
  }

  /** A Redis without `maxmemory` may take what the machine has; one that lets nobody ask is no reason to fail. */
  async #memory(): Promise<FleetReading['memory']> {
    const info = await this.#redis.info('memory').catch(() => '');
    const read = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    const limit = read('maxmemory') || read('total_system_memory');
    return info === '' ? null : { used: read('used_memory'), limit };
  }

  async #job(jobId: string, now: number): Promise<JobReading> {
    const [target, pace, live, refused, ids, jobs] = await Promise.all([
      this.#redis.hgetall(this.#keys.target(jobId)),
      this.#plans.target(jobId),
      this.#redis.scard(this.#keys.live(jobId)),
      this.#redis.zcard(`${this.#keys.target(jobId)}:refusals`),
      this.#redis.zrange(this.#keys.open(jobId), '0', '-1'),
      this.#queues.dates(jobId).getJobCountByTypes(...UNFINISHED),
    ]);
    const [views, marks] = await Promise.all([
      Promise.all(ids.map((id) => this.#plans.view(id))),
      Promise.all(
        ids.map((id) => this.#redis.hmget(this.#keys.backfill(id), 'progress_at', ...PROBLEM_FIELDS)),
      ),
    ]);
    const running = views.filter(({ state }) => state === 'running');
    // A pause is meant; what waits behind it is not late.
    const waiting = views.filter(
      ({ state, counts }) => state !== 'paused' && counts.pending + counts.queued > 0,
    );
    const held = views.reduce((sum, { counts }) => sum + counts.queued + counts.running, 0);
    const still = ids
      .map((_, at) => (views[at]?.state === 'running' ? Number(marks[at]?.[0] ?? now) : now))
      .map((since) => (now - since) / 1_000);
    const etas = running.flatMap(({ eta_seconds }) => (eta_seconds === null ? [] : [eta_seconds]));
    return {
      name: target.job_name ?? jobId,
      dates: sumDates(views),
      backfills: countStates(views),
      slots: {
        limit: pace.limit,
        used: Math.max(0, live - refused),
        // Counted only while a backfill is unfinished; what was found before says nothing of now.
        ...(ids.length > 0 && { external: Number(target.external_runs ?? 0) }),
      },
      oldestPendingSeconds: Math.max(
        0,
        ...waiting.map(({ created_at }) => (now - Date.parse(created_at)) / 1_000),
      ),
      problems: Object.fromEntries(
        PROBLEMS.map((problem, at) => [problem, marks.filter((mark) => mark[at + 1] != null).length]),
      ) as Record<Problem, number>,
      queueMismatch: held - jobs,
      progressAgeSeconds: Math.max(0, ...still),
      etaSeconds: etas.length === 0 ? null : Math.max(...etas),
      orphanRuns: Number(target.orphan_runs ?? 0),
      reconcileLagSeconds:
        ids.length === 0 || target.reconciled_ms === undefined
          ? null
          : Math.max(0, (now - Number(target.reconciled_ms)) / 1_000),
    };
  }
}

function sumDates(views: readonly BackfillView[]): Record<DateState, number> {
  const sum = { pending: 0, queued: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0 };
  for (const { counts } of views) {
    for (const state of Object.keys(sum) as DateState[]) sum[state] += counts[state];
  }
  return sum;
}

function countStates(views: readonly BackfillView[]): Record<string, number> {
  const count: Record<string, number> = { planning: 0, running: 0, paused: 0, cancelling: 0 };
  for (const { state } of views) count[state] = (count[state] ?? 0) + 1;
  return count;
}
