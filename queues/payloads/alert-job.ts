import { z } from 'zod';
import { AlertSchema } from '../../src/alerts/alert.ts';

/** Payload of a job in `alerts`: a message and the name of the channel; its address is in the configuration only. */
export const AlertJobSchema = z.object({
  v: z.literal(1),
  channel: z.string(),
  backfill_id: z.string(),
  /** The answer to one of its tries was lost. */
  may_have_arrived: z.boolean().optional(),
  alert: AlertSchema,
});

export type AlertJob = z.output<typeof AlertJobSchema>;
