import { z } from 'zod';

/** Links a retry to the first failure of its date; stored as JSON in `backfill_log.retry_metadata`. */
export const RetryMetadataSchema = z.strictObject({
  /** run_id of the first failure. */
  originalRunId: z.string().min(1),
  /** Rows already linked to that original, plus one. */
  retryCount: z.int().min(1),
  /** `policy` for a retry by the job's rules, `sweep`, or the user who asked. */
  retryTriggeredBy: z.string().min(1),
  /** ISO 8601, UTC. */
  retryTriggeredAt: z.iso.datetime(),
});
export type RetryMetadata = z.infer<typeof RetryMetadataSchema>;

const ColumnSchema = z.object({ original_run_id: z.string().min(1) });

/** The JSON text of the column. */
export function retryMetadataToColumn(metadata: RetryMetadata): string {
  return JSON.stringify({
    is_retry: true,
    original_run_id: metadata.originalRunId,
    retry_count: metadata.retryCount,
    retry_triggered_by: metadata.retryTriggeredBy,
    retry_triggered_at: metadata.retryTriggeredAt,
  });
}

/**
 * run_id of the first failure that a stored `retry_metadata` links to; null when the row is no retry or
 * its JSON, which a notebook of the past may have written, does not say.
 */
export function originalRunIdOf(column: string | null): string | null {
  if (column === null) return null;
  try {
    const parsed = ColumnSchema.safeParse(JSON.parse(column));
    return parsed.success ? parsed.data.original_run_id : null;
  } catch {
    return null;
  }
}

const WholeColumnSchema = ColumnSchema.extend({
  retry_count: z.int().min(1),
  retry_triggered_by: z.string().min(1),
  retry_triggered_at: z.iso.datetime(),
}).transform(
  (column): RetryMetadata => ({
    originalRunId: column.original_run_id,
    retryCount: column.retry_count,
    retryTriggeredBy: column.retry_triggered_by,
    retryTriggeredAt: column.retry_triggered_at,
  }),
);

/** Reads a stored `retry_metadata`; null when the row is no retry or its JSON is not as we write it. */
export function retryMetadataOf(column: string | null): RetryMetadata | null {
  if (column === null) return null;
  try {
    return WholeColumnSchema.safeParse(JSON.parse(column)).data ?? null;
  } catch {
    return null;
  }
}
