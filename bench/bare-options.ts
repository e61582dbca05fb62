import { z } from 'zod';

export const BareOptionsSchema = z.object({
  queue: z.string(),
  prefix: z.string(),
  concurrency: z.number(),
  /** Jobs after which it says that it is done, again and again. */
  batch: z.number(),
  /** Databricks job whose runs it starts and looks at; null to do nothing. */
  jobId: z.string().nullable(),
});

export type BareOptions = z.infer<typeof BareOptionsSchema>;

/** The payload of our own jobs. */
export interface BareJob {
  readonly v: 1;
  readonly backfill_id: string;
  readonly position_date: string;
  readonly attempt: number;
}
