import { z } from 'zod';

/** Payload of a job in `sweeps`: one firing of a schedule. */
export const SweepJobSchema = z.object({
  v: z.literal(1),
  /** Name of the schedule. */
  schedule: z.string(),
  /** Days, counted back from the time of the firing to when a date failed. */
  retry_days_back: z.number().int().nonnegative(),
  max_retries: z.number().int().positive(),
  /** Name, key or id of the one job, or null for every job. */
  job: z.string().nullable(),
});

export type SweepJob = z.output<typeof SweepJobSchema>;
