import { z } from 'zod';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import { DATE_LETTERS, type DateState } from '../queues/plan/date-letter.ts';
import type { DateView } from '../queues/plan/date-view.ts';
import { BACKFILL_STATES } from '../src/tables/backfill-row.ts';
import type { CreatedBackfill } from './backfill-creation.ts';
import type { DryRun } from './dry-run.ts';

/**
 * What the API answers, for its description. Requests are checked against their schemas; answers are made by
 * typed code, and the compiler holds these schemas to those types.
 */
export const ANSWERS = z.registry<{ id: string }>();

const STATES = [...new Set(Object.values(DATE_LETTERS).map(({ state }) => state))] as [DateState];

/** ISO 8601, UTC. */
export const TimeSchema = z.string().meta({ format: 'date-time' });
/** `YYYY-MM-DD`. */
export const DaySchema = z.string().meta({ format: 'date' });
export const CountSchema = z.int().min(0);

/** What an enum is made of: unlike a list of them, it can neither have a word too many nor lack one of the union. */
export type WordsOf<Union extends string> = { readonly [Word in Union]: Word };

/** Every refusal and every failure. */
export const ErrorAnswerSchema = z
  .strictObject({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) })
  .register(ANSWERS, { id: 'Error' });

const CountsSchema = z
  .strictObject({
    pending: CountSchema,
    queued: CountSchema,
    running: CountSchema,
    succeeded: CountSchema,
    failed: CountSchema,
    skipped: CountSchema,
    cancelled: CountSchema,
    total: CountSchema,
  })
  .register(ANSWERS, { id: 'DateCounts' });

const backfill = {
  id: z.uuid(),
  job: z.string(),
  job_id: z.string(),
  state: z.enum(BACKFILL_STATES),
  state_reason: z.string().nullable(),
  counts: CountsSchema,
  log_pending: CountSchema,
  not_yet_durable: z.boolean(),
  eta_seconds: z.int().nullable(),
  priority: z.int(),
  max_active_runs: z.int().nullable(),
  created_by: z.string(),
  created_at: TimeSchema,
  finished_at: TimeSchema.nullable(),
  retry_of: z.uuid().nullable(),
  request: z.record(z.string(), z.unknown()),
};

/** GET /api/backfills/:id, and what most controls answer. */
export const BackfillAnswerSchema = z
  .strictObject(backfill)
  .register(ANSWERS, { id: 'Backfill' }) satisfies z.ZodType<BackfillView>;

/** POST /api/backfills. */
export const CreatedBackfillSchema = z
  .strictObject({ ...backfill, warnings: z.array(z.string()) })
  .register(ANSWERS, { id: 'CreatedBackfill' }) satisfies z.ZodType<CreatedBackfill>;

/** GET /api/backfills. */
export const BackfillListSchema = z
  .strictObject({ items: z.array(BackfillAnswerSchema), next_cursor: z.string().nullable() })
  .register(ANSWERS, { id: 'BackfillList' });

const SKIP_REASONS = ['not_business_day', 'excluded', 'already_succeeded', 'not_failed', 'future'] as const;

/** One date of GET /api/backfills/:id/dates. */
export const DateAnswerSchema = z
  .strictObject({
    position_date: DaySchema,
    position_end_date: DaySchema,
    state: z.enum(STATES),
    reason: z.enum([...SKIP_REASONS, 'adopted']).nullable(),
    attempt: CountSchema,
    attempt_id: z.string().nullable(),
    run_id: z.string().nullable(),
    run_page_url: z.string().nullable(),
    started_at: TimeSchema.nullable(),
    finished_at: TimeSchema.nullable(),
    error_message: z.string().nullable(),
    decision: z.enum(['retry', 'fail']).nullable(),
    decision_reason: z.string().nullable(),
    retry_at: TimeSchema.nullable(),
    waiting_for: z.uuid().nullable(),
    adopted_from: z.uuid().nullable(),
  })
  .register(ANSWERS, { id: 'BackfillDate' }) satisfies z.ZodType<DateView>;

/** GET /api/backfills/:id/dates. */
export const DateListSchema = z.array(DateAnswerSchema).register(ANSWERS, { id: 'BackfillDates' });

/** POST /api/backfills with dry_run. */
export const DryRunSchema = z
  .strictObject({
    counts: z.strictObject({ run: CountSchema, skip: CountSchema, wait: CountSchema, total: CountSchema }),
    dates: z.array(
      z.strictObject({
        position_date: DaySchema,
        position_end_date: DaySchema,
        verdict: z.enum(['run', 'skip', 'wait']),
        reason: z.enum([...SKIP_REASONS, 'claimed']).nullable(),
      }),
    ),
  })
  .register(ANSWERS, { id: 'DryRun' }) satisfies z.ZodType<DryRun>;
