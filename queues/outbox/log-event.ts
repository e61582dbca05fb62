import { z } from 'zod';
import { LogRowSchema } from '../../src/tables/log-row.ts';
import { AttemptRecordSchema } from '../plan/attempt-record.ts';

/** Dates that are logged as skipped when planning ends; one row a date. */
export const SkippedDatesSchema = z.object({ at: z.string(), dates: z.array(z.string()) });

/** Attempts that were refused, withdrawn, and will never be started again: their STARTED rows end. */
export const CancelledAttemptsSchema = z.object({
  at: z.string(),
  attempts: z.array(z.object({ position_date: z.string(), record: AttemptRecordSchema })),
});

export type CancelledAttempts = z.output<typeof CancelledAttemptsSchema>;

/**
 * What the log still has to be told, in the order in which it happened.
 * - `attempt`: a row of `backfill_log` as it shall read now
 * - `skipped`: the dates of a plan that are no business days
 * - `cancelled`: attempts of a plan that end without a run
 * - `backfill`: the row of `backfills` shall be brought up to date
 */
export type LogEvent = { readonly id: string; readonly backfillId: string } & (
  | { readonly kind: 'attempt'; readonly row: z.output<typeof LogRowSchema> }
  | { readonly kind: 'skipped'; readonly skipped: z.output<typeof SkippedDatesSchema> }
  | { readonly kind: 'cancelled'; readonly cancelled: CancelledAttempts }
  | { readonly kind: 'backfill' }
);

const FieldsSchema = z.object({
  kind: z.enum(['attempt', 'skipped', 'cancelled', 'backfill']),
  backfill_id: z.string(),
  body: z.string(),
});

/** Reads one entry of the outbox stream. */
export function readLogEvent(id: string, flatFields: readonly string[]): LogEvent {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < flatFields.length; i += 2) fields[flatFields[i] ?? ''] = flatFields[i + 1] ?? '';
  const { kind, backfill_id: backfillId, body } = FieldsSchema.parse(fields);
  switch (kind) {
    case 'attempt':
      return { id, backfillId, kind, row: LogRowSchema.parse(JSON.parse(body)) };
    case 'skipped':
      return { id, backfillId, kind, skipped: SkippedDatesSchema.parse(JSON.parse(body)) };
    case 'cancelled':
      return { id, backfillId, kind, cancelled: CancelledAttemptsSchema.parse(JSON.parse(body)) };
    case 'backfill':
      return { id, backfillId, kind };
  }
}
