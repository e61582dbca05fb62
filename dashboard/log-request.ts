import { z } from 'zod';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { LogStatusSchema } from '../src/tables/log-row.ts';
import { LogOrderSchema } from '../src/tables/log-search.ts';
import { DateSchema, JobNameSchema, PageSchema } from './backfill-request.ts';

/** Of one answer about coverage. */
export const MAX_JOBS = 50;

/** Asks the warehouse, instead of giving an answer of the last moment again. */
export const FreshSchema = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const FilterSchema = z.strictObject({
  /** Key in the configuration, name, or Databricks id. */
  job: JobNameSchema.optional(),
  status: LogStatusSchema.optional(),
  start_date: DateSchema.optional(),
  end_date: DateSchema.optional(),
  backfill_id: z.string().min(1).max(100).optional(),
  fresh: FreshSchema,
});

/** Query of GET /api/log. */
export const LogQuerySchema = FilterSchema.extend({
  ...PageSchema.shape,
  order: LogOrderSchema.default('newest'),
  /** What each row shall have beside its columns. */
  include: z.enum(['duration_seconds']).optional(),
});

/** Query of GET /api/log/summary. */
export const LogSummaryQuerySchema = FilterSchema;

/** Query of GET /api/coverage. `job` may be repeated, or name several jobs separated by commas. */
export const CoverageQuerySchema = z.strictObject({
  job: z.union([JobNameSchema, z.array(JobNameSchema).min(1).max(MAX_JOBS)]).optional(),
  start_date: DateSchema,
  end_date: DateSchema,
  fresh: FreshSchema,
});

/** Query of GET /api/trends: the days on which attempts started. */
export const TrendsQuerySchema = z.strictObject({
  job: JobNameSchema.optional(),
  start_date: DateSchema,
  end_date: DateSchema,
  fresh: FreshSchema,
});

/** @throws BackfillError end_before_start */
export function checkRange(query: { start_date?: string | undefined; end_date?: string | undefined }): void {
  const { start_date, end_date } = query;
  if (start_date === undefined || end_date === undefined || start_date <= end_date) return;
  throw new BackfillError(
    'end_before_start',
    `end_date ${end_date} lies before start_date ${start_date}. Swap them.`,
    { details: { start_date, end_date } },
  );
}
