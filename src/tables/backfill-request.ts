import { z } from 'zod';
import { ReprocessSchema } from '../planning/date-verdicts.ts';
import { RunSettingsSchema } from '../planning/run-settings.ts';
import { DateColumnSchema } from './log-row.ts';

const DatesSchema = z.array(DateColumnSchema);

/** As in the column `retry_metadata` of the attempt's row. */
const StoredLinkSchema = z.object({
  is_retry: z.literal(true),
  original_run_id: z.string(),
  retry_count: z.int().min(1),
  retry_triggered_by: z.string(),
  retry_triggered_at: z.string(),
});

/** Every date of a backfill once, each list in the order in which its dates run. */
export const StoredPlanSchema = z.object({
  /** False until the log was asked, also of a backfill paused before: some dates of `run` may be done. */
  settled: z.boolean(),
  /**
   * Dates that run, ran, or were taken over from another backfill's success: such a date has no log row of
   * this backfill.
   */
  run: DatesSchema,
  /** Last day of each date of `run` that is a window of more than a day. */
  ends: z.record(z.string(), DateColumnSchema).default({}),
  skip: z.object({
    not_business_day: DatesSchema.default([]),
    excluded: DatesSchema.default([]),
    already_succeeded: DatesSchema.default([]),
    not_failed: DatesSchema.default([]),
    future: DatesSchema.default([]),
  }),
  /** Of a retry: how the first attempt of a date is linked to the failure that it retries. */
  links: z.record(DateColumnSchema, StoredLinkSchema).default({}),
});

/** The policy of a backfill as it stands now: `PATCH` and `cancel` change it. */
export const StoredSettingsSchema = z.object({
  order: z.enum(['asc', 'desc']),
  reprocess: ReprocessSchema,
  priority: z.int().min(1),
  /** Null: the job's own limit. */
  max_active_runs: z.int().min(1).nullable(),
  max_attempts: z.int().min(1),
  stop_after_failures: z.int().min(1).nullable(),
  /** Id of the backfill whose failed dates this one runs again. */
  retry_of: z.string().nullable(),
  /** Who had the failed dates run again: `sweep` or a person; null where this is no retry. */
  retry_triggered_by: z.string().nullable().default(null),
  /** What becomes of the live runs of a cancelled backfill; null where nobody cancelled it. */
  cancel_runs: z.enum(['cancel', 'finish']).nullable(),
  run_settings: RunSettingsSchema,
});

/** How an ended backfill came out; the attempts are in `backfill_log`. Dates of `plan.run` not named here succeeded. */
export const StoredOutcomeSchema = z.object({
  failed: DatesSchema,
  cancelled: DatesSchema,
  /** Date -> id of the backfill whose success was taken over. */
  adopted: z.record(DateColumnSchema, z.string()),
});

/**
 * Column `request` of `backfills`: all that is needed, beside the row's other columns and `backfill_log`, to
 * make the backfill anew after Redis was lost.
 */
export const StoredRequestSchema = z.object({
  /** Body of the request, as it was sent. */
  asked: z.record(z.string(), z.json()),
  plan: StoredPlanSchema,
  settings: StoredSettingsSchema,
  /** There once the backfill has ended. */
  outcome: StoredOutcomeSchema.optional(),
});

export type StoredPlan = z.output<typeof StoredPlanSchema>;
export type StoredSettings = z.output<typeof StoredSettingsSchema>;
export type StoredOutcome = z.output<typeof StoredOutcomeSchema>;
export type StoredRequest = z.output<typeof StoredRequestSchema>;
