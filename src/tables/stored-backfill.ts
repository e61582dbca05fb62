import { z } from 'zod';
import { CountSchema } from './query-rows.ts';

/** Who made which backfill when, as its row of `backfills` tells. */
export interface StoredBackfill {
  readonly id: string;
  readonly jobName: string;
  readonly jobId: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
}

/** Select list that {@link StoredBackfillSchema} reads; `request` is JSON text. */
export const STORED_BACKFILL_COLUMNS =
  'backfill_id, job_name, job_id, request, created_by, coalesce(unix_millis(created_at), 0) AS created_millis, state';

export const StoredBackfillSchema = z.object({
  backfill_id: z.string(),
  job_name: z.string().nullable(),
  job_id: z.string(),
  request: z.string().nullable(),
  created_by: z.string().nullable(),
  created_millis: CountSchema,
});

export function storedBackfillOf(row: z.output<typeof StoredBackfillSchema>): StoredBackfill {
  return {
    id: row.backfill_id,
    jobName: row.job_name ?? '',
    jobId: row.job_id,
    createdBy: row.created_by ?? '',
    createdAtMs: row.created_millis,
  };
}
