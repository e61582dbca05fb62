import { z } from 'zod';
import { JobIdSchema, JobNameSchema } from './backfill-request.ts';

/** Query of GET /api/jobs. */
export const JobListQuerySchema = z.strictObject({
  /** Every job of this name, or of this key of the configuration; without it, the jobs of the configuration. */
  name: JobNameSchema.optional(),
  /** Whether system.lakeflow.jobs is asked too: `auto` only where the warehouse runs already. */
  verify: z.enum(['auto', 'always', 'never']).default('auto'),
});

/** Body of POST /api/jobs/apply. */
export const ApplyRequestSchema = z
  .strictObject({
    /** This job only, by its key in the configuration. */
    job: JobNameSchema.optional(),
    /** Say what would be done and write nothing. */
    dry_run: z.boolean().default(false),
    /** Take over a job of the same name that was made by someone else. */
    adopt: z.boolean().default(false),
  })
  .prefault({});

const removal = {
  /** Say what would be deleted and delete nothing. */
  dry_run: z.boolean().default(false),
  /** Delete also a job that has live runs; Databricks cancels them. */
  with_live_runs: z.boolean().default(false),
  /** Delete also a job that someone else made. */
  any_owner: z.boolean().default(false),
};

/** Body of POST /api/jobs/cleanup. */
export const CleanupRequestSchema = z.strictObject({
  /** Name of the jobs, or a key of the configuration. */
  name: JobNameSchema,
  /** Keep the newest, or the one that the configuration names by its id; false deletes every job of the name. */
  keep_latest: z.boolean().default(true),
  ...removal,
});

/** Body of POST /api/jobs/delete: one of `job` (key or name) and `job_id`. */
export const DeleteRequestSchema = z.strictObject({
  job: JobNameSchema.optional(),
  job_id: JobIdSchema.optional(),
  ...removal,
});

export type RemovalRequest = z.output<z.ZodObject<typeof removal>>;
