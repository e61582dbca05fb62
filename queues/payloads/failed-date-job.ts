import { z } from 'zod';

/** Payload of a job in `failed-dates`: a failed attempt and its cause. */
export const FailedDateJobSchema = z.object({
  v: z.literal(1),
  job_id: z.string(),
  backfill_id: z.string(),
  position_date: z.string(),
  attempt: z.number().int().positive(),
  attempt_id: z.string(),
  failure_class: z.string(),
  error_message: z.string(),
  run_id: z.string().nullable(),
  run_page_url: z.string().nullable(),
});

export type FailedDateJob = z.output<typeof FailedDateJobSchema>;
