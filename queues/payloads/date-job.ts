import { z } from 'zod';

/** Payload of a job in `dates-<job_id>`: one attempt of one date. Everything else is in the plan. */
export const DateJobSchema = z.object({
  v: z.literal(1),
  backfill_id: z.string(),
  position_date: z.string(),
  attempt: z.number().int().positive(),
});

export type DateJob = z.output<typeof DateJobSchema>;
