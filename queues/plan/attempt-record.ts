import { z } from 'zod';
import { FailureCauseSchema } from './failure-cause.ts';

/** Links a retried attempt to the first failure of its date; stored as JSON in `backfill_log`. */
export const RetryLinkSchema = z.object({
  is_retry: z.literal(true),
  /** Attempt id of the first failure. */
  original_run_id: z.string(),
  /** Attempts already linked to that failure, plus one. */
  retry_count: z.number().int().positive(),
  /** `policy`, `sweep`, or the name of a person. */
  retry_triggered_by: z.string(),
  retry_triggered_at: z.string(),
});

export type RetryLink = z.output<typeof RetryLinkSchema>;

/**
 * The latest attempt of a date as Redis keeps it. Times are ISO 8601 in UTC. Lua writes it (its encoder
 * knows no null), so what is not known is absent.
 */
export const AttemptRecordSchema = z.object({
  /** From 1; 0 for a date whose success was adopted from another backfill. */
  attempt: z.number().int().nonnegative(),
  attempt_id: z.string(),
  /** Last day of the window that it runs; absent where its date is one day of a plan of days. */
  position_end_date: z.string().optional(),
  /** Rises when the run that a token returned was refused, so that the next try has a token of its own. */
  submission: z.number().int().positive().default(1),
  run_id: z.string().optional(),
  run_page_url: z.string().optional(),
  started_at: z.string(),
  /** Rows of the date in the destination before the run, where its job is checked and they were counted. */
  rows_before: z.number().optional(),
  finished_at: z.string().optional(),
  result: z.enum(['succeeded', 'failed', 'cancelled']).optional(),
  failure_class: z.string().optional(),
  error_message: z.string().optional(),
  cause: FailureCauseSchema.optional(),
  /** What the retry worker decided on its failure, and why. */
  decision: z.enum(['retry', 'fail']).optional(),
  decision_reason: z.string().optional(),
  /** The platform would not run it yet; it holds its slot and waits for its turn to probe. */
  refused: z.boolean().optional(),
  /** Of a refused attempt: a post of its token may have made a run whose answer was lost. */
  may_exist: z.boolean().optional(),
  /** A refused attempt that may have posted again. */
  probing: z.boolean().optional(),
  /** We cancelled its run because it took too long. */
  deadline_passed: z.boolean().optional(),
  /** OpenLineage was told that its run started, and shall be told of its end. */
  told_start: z.boolean().optional(),
  retry_at: z.string().optional(),
  retry_metadata: RetryLinkSchema.optional(),
  adopted_from: z.string().optional(),
});

export type AttemptRecord = z.output<typeof AttemptRecordSchema>;
