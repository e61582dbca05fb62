import { z } from 'zod';
import { InstantSchema } from './log-row.ts';

/** States of a backfill; the last three are terminal. */
export const BACKFILL_STATES = [
  'planning',
  'running',
  'paused',
  'cancelling',
  'cancelled',
  'completed',
  'completed_with_failures',
] as const;
export const BackfillStateSchema = z.enum(BACKFILL_STATES);
export type BackfillState = z.infer<typeof BackfillStateSchema>;

/** States that a row of `backfills` never leaves. */
export const ENDED_STATES = ['cancelled', 'completed', 'completed_with_failures'] as const;

/** A row of `backfills`. */
export const BackfillRowSchema = z.strictObject({
  /** UUIDv7; the key of the table. */
  backfillId: z.string().min(1),
  jobName: z.string(),
  jobId: z.string(),
  /** Any JSON value: what was asked and the resolved plan. Null keeps what the table has. */
  request: z.json().nullable(),
  createdBy: z.string().nullable(),
  createdAt: InstantSchema,
  state: BackfillStateSchema,
  finishedAt: InstantSchema.nullable(),
});
export type BackfillRow = z.infer<typeof BackfillRowSchema>;
