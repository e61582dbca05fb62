import { z } from 'zod';
import type { Firing, ScheduleView } from '../queues/retries/firing.ts';
import type { retryBackfill } from '../queues/retries/retry-backfill.ts';
import type { SweepReport } from '../queues/retries/sweep.ts';
import type { LeftOut, SweepChoice, SweepGroup } from '../queues/retries/sweep-choice.ts';
import type { RecoveredDate, RetryAnalytics, RetrySuccessRate } from '../src/tables/retry-analytics.ts';
import {
  ANSWERS,
  BackfillAnswerSchema,
  CountSchema,
  DaySchema,
  TimeSchema,
  type WordsOf,
} from './answer-schemas.ts';

/** Body of POST /api/retries. */
export function sweepAnswer({ backfills, ...report }: SweepReport) {
  return { items: backfills, next_cursor: null, ...report };
}

/** Body of GET /api/retries/schedules. */
export function scheduleListAnswer(items: readonly ScheduleView[]) {
  return { items, next_cursor: null };
}

const LeftOutDateSchema = z
  .strictObject({
    job_id: z.string(),
    job: z.string(),
    position_date: DaySchema,
    reason: z.enum({
      configuration: 'configuration',
      cancelled: 'cancelled',
      live: 'live',
    } satisfies WordsOf<LeftOut['reason']>),
  })
  .register(ANSWERS, { id: 'LeftOutDate' }) satisfies z.ZodType<LeftOut>;

/** POST /api/backfills/:id/retry. */
export const RetryAnswerSchema = z
  .strictObject({ ...BackfillAnswerSchema.shape, left_out: z.array(LeftOutDateSchema) })
  .register(ANSWERS, { id: 'RetryBackfill' }) satisfies z.ZodType<Awaited<ReturnType<typeof retryBackfill>>>;

const SweepGroupSchema = z
  .strictObject({
    job_id: z.string(),
    job: z.string(),
    parameters: z.record(z.string(), z.string()),
    retry_of: z.string().nullable(),
    dates: z.array(
      z.strictObject({
        position_date: DaySchema,
        position_end_date: DaySchema,
        failed_attempt: z.string(),
      }),
    ),
  })
  .register(ANSWERS, { id: 'SweepGroup' }) satisfies z.ZodType<SweepGroup>;

/** POST /api/retries with dry_run. */
export const DrySweepSchema = z
  .strictObject({
    groups: z.array(SweepGroupSchema),
    left_out: z.array(LeftOutDateSchema),
    remaining: CountSchema,
  })
  .register(ANSWERS, { id: 'DrySweep' }) satisfies z.ZodType<SweepChoice>;

/** POST /api/retries. */
export const SweepAnswerSchema = z
  .strictObject({
    items: z.array(BackfillAnswerSchema),
    next_cursor: z.null(),
    left_out: z.array(LeftOutDateSchema),
    remaining: CountSchema,
    problems: z.array(
      z.strictObject({ job_id: z.string(), job: z.string(), code: z.string(), message: z.string() }),
    ),
  })
  .register(ANSWERS, { id: 'Sweep' }) satisfies z.ZodType<ReturnType<typeof sweepAnswer>>;

const RecoveredDateSchema = z
  .strictObject({
    job_id: z.string().nullable(),
    job_name: z.string().nullable(),
    position_date: DaySchema,
    position_end_date: DaySchema,
    total_attempts: CountSchema,
    max_retry_count: z.int().nullable(),
    first_failure: TimeSchema.nullable(),
    final_success: TimeSchema.nullable(),
  })
  .register(ANSWERS, { id: 'RecoveredDate' }) satisfies z.ZodType<RecoveredDate>;

const SuccessRateSchema = z
  .strictObject({
    retry_attempt: z.int().nullable(),
    total_retries: CountSchema,
    successful: CountSchema,
    success_rate_pct: z.number(),
  })
  .register(ANSWERS, { id: 'RetrySuccessRate' }) satisfies z.ZodType<RetrySuccessRate>;

/** GET /api/retries/analytics. */
export const RetryAnalyticsSchema = z
  .strictObject({
    recovered_dates: z.array(RecoveredDateSchema),
    success_rates: z.array(SuccessRateSchema),
    as_of: TimeSchema,
  })
  .register(ANSWERS, { id: 'RetryAnalytics' }) satisfies z.ZodType<RetryAnalytics>;

const FiringAnswerSchema = z
  .strictObject({
    due_at: TimeSchema,
    ended_at: TimeSchema,
    backfills: z.array(z.uuid()),
    dates: CountSchema,
    remaining: CountSchema,
    problems: z.array(z.string()),
  })
  .register(ANSWERS, { id: 'Firing' }) satisfies z.ZodType<Firing>;

const ScheduleSchema = z
  .strictObject({
    name: z.string(),
    cron: z.string(),
    timezone: z.string(),
    retry_days_back: CountSchema,
    max_retries: CountSchema,
    job: z.string().nullable(),
    enabled: z.boolean(),
    next_firing_at: TimeSchema.nullable(),
    last_firing: FiringAnswerSchema.nullable(),
  })
  .register(ANSWERS, { id: 'RetrySchedule' }) satisfies z.ZodType<ScheduleView>;

/** GET /api/retries/schedules. */
export const ScheduleListSchema = z
  .strictObject({ items: z.array(ScheduleSchema), next_cursor: z.null() })
  .register(ANSWERS, { id: 'RetrySchedules' }) satisfies z.ZodType<ReturnType<typeof scheduleListAnswer>>;
