import { z } from 'zod';
import { DateSchema, JobNameSchema } from './backfill-request.ts';
import { FreshSchema } from './log-request.ts';

/** Body of POST /api/backfills/:id/retry. */
export const RetryRequestSchema = z
  .strictObject({
    /** Failed dates of the backfill; all of them by default. */
    dates: z.array(DateSchema).min(1).optional(),
    reason: z.string().min(1).max(1000).optional(),
  })
  .prefault({});

const MAX_DAYS_BACK = 3_650;
const MAX_RETRIES = 10_000;

/** Body of POST /api/retries, the sweep. */
export const SweepRequestSchema = z
  .strictObject({
    /** Days, counted back from now to when a date failed; 1 by default. */
    retry_days_back: z.int().min(0).max(MAX_DAYS_BACK).optional(),
    /** Instead: failures with a position_date of this range, whenever they happened. */
    start_date: DateSchema.optional(),
    end_date: DateSchema.optional(),
    /** Most dates that run again; those with the oldest position_date first. */
    max_retries: z.int().min(1).max(MAX_RETRIES).default(10),
    /** Key in the configuration, name, or Databricks id; every job by default. */
    job: JobNameSchema.optional(),
    /** Say what would run again and start nothing. */
    dry_run: z.boolean().default(false),
  })
  .prefault({})
  .superRefine(({ retry_days_back, start_date, end_date }, context) => {
    const problem = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const range = start_date !== undefined || end_date !== undefined;
    if (range && retry_days_back !== undefined) {
      problem('retry_days_back', 'expected either retry_days_back or start_date and end_date, not both');
    }
    if (range && start_date === undefined) problem('start_date', 'expected a date beside end_date');
    if (range && end_date === undefined) problem('end_date', 'expected a date beside start_date');
  });

export type SweepRequest = z.output<typeof SweepRequestSchema>;

/** Query of GET /api/retries/analytics. */
export const AnalyticsQuerySchema = z.strictObject({
  job: JobNameSchema.optional(),
  start_date: DateSchema.optional(),
  end_date: DateSchema.optional(),
  fresh: FreshSchema,
});
