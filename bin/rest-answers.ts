import { z } from 'zod';

/** What the command reads of the answers of the REST API; keys it does not read may come and go. */

const CountsSchema = z.object({
  pending: z.number(),
  queued: z.number(),
  running: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  skipped: z.number(),
  cancelled: z.number(),
  total: z.number(),
});

export const BackfillAnswerSchema = z.object({
  id: z.string(),
  job: z.string(),
  job_id: z.string(),
  state: z.string(),
  state_reason: z.string().nullish(),
  counts: CountsSchema,
  log_pending: z.number(),
  eta_seconds: z.number().nullish(),
  priority: z.number(),
  max_active_runs: z.number().nullable(),
  created_by: z.string(),
  created_at: z.string(),
  finished_at: z.string().nullish(),
  retry_of: z.string().nullish(),
  warnings: z.array(z.string()).default([]),
});
export type BackfillAnswer = z.infer<typeof BackfillAnswerSchema>;

const LeftOutSchema = z.object({ position_date: z.string(), job: z.string(), reason: z.string() });
export type LeftOutAnswer = z.infer<typeof LeftOutSchema>;

export const RetryAnswerSchema = BackfillAnswerSchema.extend({
  left_out: z.array(LeftOutSchema).default([]),
});

const DateAnswerSchema = z.object({
  position_date: z.string(),
  state: z.string(),
  reason: z.string().nullish(),
  attempt: z.number(),
  attempt_id: z.string().nullish(),
  run_id: z.string().nullish(),
  run_page_url: z.string().nullish(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
  error_message: z.string().nullish(),
  retry_at: z.string().nullish(),
  waiting_for: z.string().nullish(),
  adopted_from: z.string().nullish(),
  position_end_date: z.string().optional(),
  decision: z.string().nullish(),
  decision_reason: z.string().nullish(),
});
export const DATE_COLUMNS: readonly string[] = Object.keys(DateAnswerSchema.shape);
export const DateAnswersSchema = z.array(DateAnswerSchema);
export type DateAnswer = z.infer<typeof DateAnswerSchema>;

export const DryRunAnswerSchema = z.object({
  counts: z.record(z.string(), z.number()),
  dates: z.array(
    z.object({
      position_date: z.string(),
      position_end_date: z.string().optional(),
      verdict: z.string(),
      reason: z.string().nullish(),
    }),
  ),
});

export const BackfillListSchema = z.object({
  items: z.array(BackfillAnswerSchema),
  next_cursor: z.string().nullish(),
});

export const CoverageAnswerSchema = z.object({
  job: z.string().nullable(),
  totals: z.object({ processed: z.number(), missing: z.number() }),
  days: z.array(z.object({ calendar_date: z.string(), status: z.enum(['Processed', 'Missing']) })),
  as_of: z.string(),
});
export type CoverageAnswer = z.infer<typeof CoverageAnswerSchema>;

/** Of one job its coverage itself, of several a list. */
export const CoverageAnswersSchema = z.union([
  z.object({ items: z.array(CoverageAnswerSchema) }).transform(({ items }) => items),
  CoverageAnswerSchema.transform((only) => [only]),
]);

/** Columns of `backfill_log`, in the order of the table. */
const LogColumnsSchema = z.object({
  run_id: z.string(),
  position_date: z.string(),
  job_name: z.string().nullable(),
  job_id: z.string().nullable(),
  status: z.string(),
  start_time: z.string().nullable(),
  end_time: z.string().nullable(),
  backfill_job_id: z.string().nullable(),
  error_message: z.string().nullable(),
  creator_user_name: z.string().nullable(),
  run_page_url: z.string().nullable(),
  retry_metadata: z.string().nullable(),
  backfill_id: z.string().nullable(),
  attempt: z.number().nullable(),
  position_end_date: z.string().nullable(),
  quality: z.string().nullable(),
});
export const LOG_COLUMNS: readonly string[] = Object.keys(LogColumnsSchema.shape);

export const LogAnswerSchema = z.object({
  items: z.array(LogColumnsSchema.extend({ duration_seconds: z.number().nullish() })),
  next_cursor: z.string().nullish(),
  as_of: z.string().optional(),
});
export type LogAnswer = z.infer<typeof LogAnswerSchema>;

const StatusCountSchema = z.object({
  status: z.string(),
  count: z.number(),
  earliest_date: z.string().nullable(),
  latest_date: z.string().nullable(),
});
export const SUMMARY_COLUMNS: readonly string[] = Object.keys(StatusCountSchema.shape);
export const LogSummarySchema = z.array(StatusCountSchema);

const SweepDateSchema = z.object({ position_date: z.string(), position_end_date: z.string().optional() });

export const SweepChoiceSchema = z.object({
  groups: z.array(z.object({ job: z.string(), dates: z.array(SweepDateSchema) })),
  left_out: z.array(LeftOutSchema),
  remaining: z.number(),
});

export const SweepAnswerSchema = z.object({
  items: z.array(BackfillAnswerSchema.extend({ request: z.object({ dates: z.array(z.string()) }) })),
  left_out: z.array(LeftOutSchema),
  remaining: z.number(),
  problems: z.array(z.object({ job_id: z.string(), job: z.string(), message: z.string() })),
});

export const RetryAnalyticsSchema = z.object({
  recovered_dates: z.array(
    z.object({
      position_date: z.string(),
      position_end_date: z.string().nullish(),
      job_name: z.string().nullable(),
      total_attempts: z.number(),
      max_retry_count: z.number().nullable(),
      first_failure: z.string().nullable(),
      final_success: z.string().nullable(),
    }),
  ),
  success_rates: z.array(
    z.object({
      retry_attempt: z.number().nullable(),
      total_retries: z.number(),
      successful: z.number(),
      success_rate_pct: z.number(),
    }),
  ),
  as_of: z.string().optional(),
});

export const ScheduleListSchema = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      cron: z.string(),
      timezone: z.string(),
      retry_days_back: z.number(),
      max_retries: z.number(),
      job: z.string().nullable(),
      enabled: z.boolean(),
      next_firing_at: z.string().nullable(),
      last_firing: z
        .object({ due_at: z.string(), dates: z.number(), problems: z.array(z.string()) })
        .nullable(),
    }),
  ),
});

const ENDED = new Set(['cancelled', 'completed', 'completed_with_failures']);

export function hasEnded(backfill: BackfillAnswer): boolean {
  return ENDED.has(backfill.state);
}
