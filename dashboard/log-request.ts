import { z } from 'zod';
import type { Config } from '../src/config/config.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { findJobsByName } from '../src/jobs/live-job.ts';
import type { LogFilter } from '../src/tables/log-filter.ts';
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

/**
 * Which rows a job's are. A name that neither the configuration nor the workspace has is an error: an empty
 * answer would read as if nothing had been processed.
 * @throws BackfillError unknown_job, workspace_*
 */
export async function jobFilter(
  client: () => WorkspaceClient,
  jobs: Config['jobs'],
  job: string | undefined,
): Promise<Pick<LogFilter, 'jobId' | 'jobName'>> {
  if (job === undefined) return {};
  const byKey = Object.hasOwn(jobs, job) ? jobs[job] : undefined;
  const configured = byKey ?? Object.values(jobs).find(({ name }) => name === job);
  if (configured !== undefined) {
    return configured.jobId === null ? { jobName: configured.name } : { jobId: configured.jobId };
  }
  if (/^\d{1,19}$/.test(job)) return { jobId: job };
  const live = await findJobsByName(client(), job);
  if (live.length > 0) return { jobName: job };
  throw new BackfillError(
    'unknown_job',
    `There is no job "${job}" in the configuration or the workspace. Correct the name; the log of a job that is gone is found by its id.`,
    { details: { job } },
  );
}
