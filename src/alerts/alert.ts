import { z } from 'zod';

const CauseSchema = z.object({
  /** `<class>/<CODE>` of the dates' error messages, such as `user_code/RUN_EXECUTION_ERROR`. */
  cause: z.string(),
  count: z.number().int(),
  /** The first of them, ascending. */
  dates: z.array(z.string()),
  /** What one of them said. */
  example: z.string(),
});

export type Cause = z.output<typeof CauseSchema>;

const BackfillSchema = z.object({
  id: z.string(),
  job: z.string(),
  job_id: z.string(),
  state: z.string(),
  counts: z.record(z.string(), z.number()),
  created_by: z.string(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  /** From its making to its end or to this message. */
  duration_seconds: z.number(),
  /** Its page. */
  url: z.string(),
});

/**
 * One message to people, complete, so that every try sends the same. It is the body of the generic webhook:
 * add fields, never rename them.
 */
export const AlertSchema = z.object({
  /** The same for every try; no two messages share it. */
  key: z.string(),
  event: z.enum(['ended', 'paused', 'stalled', 'failing', 'recovered', 'test']),
  severity: z.enum(['info', 'warning', 'error']),
  /** When it happened, ISO 8601 in UTC. */
  at: z.string(),
  title: z.string(),
  reason: z.string().nullable(),
  /** Null in a test message. */
  backfill: BackfillSchema.nullable(),
  /** Failed dates by what failed them, the most frequent first. */
  causes: z.array(CauseSchema),
  /** For tools that keep incidents: the one that this message opens, and those that it ends. */
  opens: z.string().nullable(),
  closes: z.array(z.string()),
});

export type Alert = z.output<typeof AlertSchema>;
