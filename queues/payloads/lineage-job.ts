import { z } from 'zod';
import { RunEventSchema } from '../../src/lineage/run-event.ts';

/** Payload of a job in `lineage`: one run event as it is sent. */
export const LineageJobSchema = z.object({
  v: z.literal(1),
  backfill_id: z.string(),
  /** The answer to one of its tries was lost. */
  may_have_arrived: z.boolean().optional(),
  event: RunEventSchema,
});

export type LineageJob = z.output<typeof LineageJobSchema>;
