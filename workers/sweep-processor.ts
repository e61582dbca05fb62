import { type Job, UnrecoverableError } from 'bullmq';
import type { Redis } from 'ioredis';
import type { KeySpace } from '../queues/key-space.ts';
import { type SweepJob, SweepJobSchema } from '../queues/payloads/sweep-job.ts';
import type { Firing } from '../queues/retries/firing.ts';
import type { RetrySchedules } from '../queues/retries/retry-schedules.ts';
import type { Sweep } from '../queues/retries/sweep.ts';
import { type SweepChoice, SweepChoiceSchema } from '../queues/retries/sweep-choice.ts';
import { type BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';

/** Shorter than what it started is known by the firing's key: a choice must never be carried out without it. */
const CHOICE_TTL_MS = 23 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A schedule that did not get through for longer than this has been forgotten by its people. */
const MAX_DAYS_BACK = 30;

/**
 * Sweeps when a schedule fires. What a firing has chosen is stored before it starts anything, and what it
 * starts carries a key of the firing: done twice, or by two workers, it starts the same backfills.
 */
export class SweepProcessor {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #sweep: Sweep;
  readonly #schedules: RetrySchedules;

  constructor(parts: { redis: Redis; keys: KeySpace; sweep: Sweep; schedules: RetrySchedules }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#sweep = parts.sweep;
    this.#schedules = parts.schedules;
  }

  /** @throws what may pass, so that BullMQ brings the firing again; UnrecoverableError for what will not. */
  async process(job: Job<SweepJob>): Promise<Firing> {
    const asked = SweepJobSchema.parse(job.data);
    const firing = job.id ?? '';
    const dueMs = dueTime(firing) ?? job.timestamp;
    try {
      const choice = await this.#choice(firing, asked, dueMs);
      const { schedule, v: _, ...shown } = asked;
      const report = await this.#sweep.start(choice, {
        createdBy: `schedule:${schedule}`,
        shown: { sweep: { schedule, ...shown } },
        firing,
      });
      await this.#schedules.noteSwept(schedule, dueMs);
      return await this.#note(schedule, dueMs, {
        backfills: report.backfills.map(({ id }) => id),
        dates: report.backfills.reduce((dates, { counts }) => dates + counts.total, 0),
        remaining: report.remaining,
        problems: report.problems.map((problem) => `${problem.job} (${problem.job_id}): ${problem.message}`),
      });
    } catch (thrown) {
      const error = toBackfillError(thrown);
      const nothing = { backfills: [], dates: 0, remaining: 0 };
      await this.#note(asked.schedule, dueMs, { ...nothing, problems: [error.message] });
      if (mayPass(error)) throw thrown;
      throw new UnrecoverableError(error.message);
    }
  }

  async #choice(firing: string, asked: SweepJob, dueMs: number): Promise<SweepChoice> {
    const key = this.#keys.firing(firing);
    const stored = await this.#redis.get(key);
    if (stored !== null) return SweepChoiceSchema.parse(JSON.parse(stored));
    const choice = await this.#sweep.choose({
      window: { sinceMs: await this.#since(asked, dueMs) },
      maxRetries: asked.max_retries,
      job: asked.job,
    });
    await this.#redis.set(key, JSON.stringify(choice), 'PX', CHOICE_TTL_MS, 'NX');
    // Another worker with the same firing may have been first.
    return SweepChoiceSchema.parse(JSON.parse((await this.#redis.get(key)) ?? 'null'));
  }

  /**
   * Counted back from when it was due, so that a late firing leaves no gap; and from the last firing that got
   * through, so that one that did not leaves none either.
   */
  async #since({ schedule, retry_days_back }: SweepJob, dueMs: number): Promise<number> {
    const asked = dueMs - retry_days_back * DAY_MS;
    const swept = await this.#schedules.sweptUntil(schedule);
    const missed = swept === null ? asked : Math.max(swept, dueMs - MAX_DAYS_BACK * DAY_MS);
    return Math.min(asked, missed);
  }

  async #note(schedule: string, dueMs: number, done: Omit<Firing, 'due_at' | 'ended_at'>): Promise<Firing> {
    const due_at = new Date(dueMs).toISOString();
    const firing = { due_at, ended_at: new Date().toISOString(), ...done };
    await this.#schedules.noteFiring(schedule, firing);
    return firing;
  }
}

/** A rejected token is replaced by a person while the firing waits. */
function mayPass({ retryable, code }: BackfillError): boolean {
  return retryable || code === 'internal_error' || code === 'workspace_unauthenticated';
}

/** BullMQ names the job of a scheduler by the time at which it is due: `repeat:<name>:<milliseconds>`. */
function dueTime(id: string): number | null {
  const [, milliseconds] = /^repeat:.*:(\d{13})$/s.exec(id) ?? [];
  return milliseconds === undefined ? null : Number(milliseconds);
}
