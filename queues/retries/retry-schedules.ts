import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RetrySchedule } from '../../src/config/config.ts';
import { JOB_OPTIONS } from '../backfill-queues.ts';
import type { KeySpace } from '../key-space.ts';
import { type SweepJob, SweepJobSchema } from '../payloads/sweep-job.ts';
import { type Firing, FiringSchema, type ScheduleView } from './firing.ts';

/** A sweep waits for a sleeping warehouse for some hours; then the next firing looks back further in its place. */
const SWEEP_ATTEMPTS = 360;
const SWEEP_RETRY_DELAY_MS = 30_000;

type Schedules = Readonly<Record<string, RetrySchedule>>;

/**
 * The schedules of the sweep as BullMQ job schedulers: one job waits for the next firing of each, so however
 * many workers run, one of them gets it.
 */
export class RetrySchedules {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #sweeps: Queue<SweepJob>;

  constructor(redis: Redis, keys: KeySpace, sweeps: Queue<SweepJob>) {
    this.#redis = redis;
    this.#keys = keys;
    this.#sweeps = sweeps;
  }

  /**
   * Makes BullMQ's schedulers those that are configured and enabled. One that is as it should be is not
   * touched: its waiting job may be due already, as after a time without workers.
   */
  async reconcile(schedules: Schedules): Promise<void> {
    const present = new Map((await this.#present()).map((scheduler) => [scheduler.key, scheduler]));
    for (const [name, schedule] of Object.entries(schedules)) {
      const before = present.get(name);
      if (!schedule.enabled) continue;
      present.delete(name);
      if (before !== undefined && isAs(before, name, schedule)) continue;
      await this.#sweeps.upsertJobScheduler(
        name,
        { pattern: schedule.cron, tz: schedule.timezone },
        {
          name: 'sweep',
          data: sweepJob(name, schedule),
          opts: {
            ...JOB_OPTIONS,
            attempts: SWEEP_ATTEMPTS,
            backoff: { type: 'fixed', delay: SWEEP_RETRY_DELAY_MS },
          },
        },
      );
    }
    for (const name of present.keys()) await this.#sweeps.removeJobScheduler(name);
    await this.#redis.set(this.#keys.schedulesKnown, '1');
  }

  /** False when Redis has lost what {@link reconcile} left there. */
  async areKnown(): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.schedulesKnown)) === 1;
  }

  async noteFiring(name: string, firing: Firing): Promise<void> {
    await this.#redis.hset(this.#keys.firings, name, JSON.stringify(firing));
  }

  /** Up to when the failures of a schedule were swept: when its last firing that got through was due; or null. */
  async sweptUntil(name: string): Promise<number | null> {
    const due = await this.#redis.hget(this.#keys.firingsSwept, name);
    return due === null ? null : Number(due);
  }

  async noteSwept(name: string, dueMs: number): Promise<void> {
    await this.#redis.hset(this.#keys.firingsSwept, name, dueMs);
  }

  /** The configured schedules, and any that workers have taken up, as these know them. */
  async list(configured: Schedules): Promise<ScheduleView[]> {
    const firings = await this.#redis.hgetall(this.#keys.firings);
    const present = new Map((await this.#present()).map((scheduler) => [scheduler.key, scheduler]));
    const names = [...new Set([...Object.keys(configured), ...present.keys()])].sort();
    return names.flatMap((name) => {
      const shown = viewOf(name, configured[name], present.get(name));
      const last = firings[name];
      if (shown === null) return [];
      return [{ ...shown, last_firing: last === undefined ? null : FiringSchema.parse(JSON.parse(last)) }];
    });
  }

  #present(): Promise<JobSchedulerJson<SweepJob>[]> {
    return this.#sweeps.getJobSchedulers(0, -1, true);
  }
}

function sweepJob(name: string, { retryDaysBack, maxRetries, job }: RetrySchedule): SweepJob {
  return { v: 1, schedule: name, retry_days_back: retryDaysBack, max_retries: maxRetries, job };
}

function isAs(scheduler: JobSchedulerJson<SweepJob>, name: string, schedule: RetrySchedule): boolean {
  const { pattern, tz, template } = scheduler;
  const known = SweepJobSchema.safeParse(template?.data).data;
  return (
    pattern === schedule.cron &&
    tz === schedule.timezone &&
    JSON.stringify(known) === JSON.stringify(sweepJob(name, schedule))
  );
}

function viewOf(
  name: string,
  configured: RetrySchedule | undefined,
  scheduler: JobSchedulerJson<SweepJob> | undefined,
): Omit<ScheduleView, 'last_firing'> | null {
  const job =
    SweepJobSchema.safeParse(scheduler?.template?.data).data ?? (configured && sweepJob(name, configured));
  if (job === undefined) return null;
  const { retry_days_back, max_retries } = job;
  return {
    name,
    cron: scheduler?.pattern ?? configured?.cron ?? '',
    timezone: scheduler?.tz ?? configured?.timezone ?? '',
    retry_days_back,
    max_retries,
    job: job.job,
    enabled: scheduler !== undefined || configured?.enabled === true,
    next_firing_at: scheduler?.next ? new Date(scheduler.next).toISOString() : null,
  };
}
