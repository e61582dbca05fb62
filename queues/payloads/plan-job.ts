import { z } from 'zod';

/** Payload of a job in `plans`: a backfill whose verdicts wait for the log. */
export const PlanJobSchema = z.object({ v: z.literal(1), backfill_id: z.string() });

export type PlanJob = z.output<typeof PlanJobSchema>;
