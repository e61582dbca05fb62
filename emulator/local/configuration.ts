import { z } from 'zod';

const delayMs = z.number().int().min(0).max(86_400_000);

/** The knobs of `POST /_local/config`; a call changes what it names and leaves the rest. */
export const configurationSchema = z.strictObject({
  /** How long a run is RUNNING at least; drawn evenly from the range. */
  run_duration_ms: z
    .strictObject({ min: delayMs, max: delayMs })
    .refine(({ min, max }) => min <= max, 'min must not exceed max')
    .default({ min: 300, max: 800 }),
  /** How long a run is PENDING. */
  start_delay_ms: delayMs.default(100),
  /** How long a cancelled or timed-out run is TERMINATING. */
  terminate_delay_ms: delayMs.default(100),
  /** Runs of all jobs that may be PENDING, RUNNING or TERMINATING at once. */
  workspace_max_active_runs: z.number().int().min(0).default(2000),
  /**
   * Of the writes that meet another write of the same table, every so many-th fails with
   * DELTA_CONCURRENT_APPEND, SQLSTATE 2D521; true means each, 0 or false none.
   */
  conflicting_writes: z.union([z.boolean().transform(Number), z.number().int().min(0)]).default(0),
  /** How long a stopped warehouse takes to start. */
  warehouse_start_ms: delayMs.default(0),
  /** How long a token of the OAuth endpoint is good for. */
  oauth_token_ttl_seconds: z.number().int().min(1).default(3600),
  /** The only OAuth client that gets a token; null lets in any that names an id and a secret. */
  oauth_client: z
    .strictObject({ client_id: z.string().min(1), client_secret: z.string().min(1) })
    .nullable()
    .default(null),
  /**
   * Whether run-now refuses a job parameter that the job does not declare. Public sources do not say
   * what the real API does, so a client must bear both.
   */
  undeclared_job_parameters: z.enum(['accept', 'reject']).default('accept'),
  /**
   * How system.lakeflow.jobs does: up to date; `stale`, showing what it showed when this was set, as the real
   * table lags by hours; or `denied`, as for a user without the grant.
   */
  system_jobs: z.enum(['current', 'stale', 'denied']).default('current'),
});

export type Configuration = z.output<typeof configurationSchema>;
