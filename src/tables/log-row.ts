import { z } from 'zod';
import { parseCalendarDate } from '../calendar/calendar-date.ts';
import { QualityReportSchema } from '../quality/quality-settings.ts';
import { type RetryMetadata, RetryMetadataSchema, retryMetadataToColumn } from './retry-metadata.ts';

/** Statuses of `backfill_log`. Only STARTED may still change. */
export const LOG_STATUSES = ['STARTED', 'SUCCESS', 'FAILED', 'SKIPPED', 'CANCELLED'] as const;
export const LogStatusSchema = z.enum(LOG_STATUSES);
export type LogStatus = z.infer<typeof LogStatusSchema>;

/** A calendar date, `YYYY-MM-DD`. */
export const DateColumnSchema = z.string().refine((text) => parseCalendarDate(text) !== null, {
  error: 'expected a date YYYY-MM-DD',
});

/** An instant as ISO 8601 in UTC, such as `2024-06-03T10:00:00.000Z`. */
export const InstantSchema = z.iso.datetime();

/** A row of `backfill_log`: one per attempt, and one per date skipped as no business day. */
export const LogRowSchema = z.strictObject({
  /** Attempt id, `<backfill_id>_<date>_<attempt>`. With positionDate the key of the table. */
  runId: z.string().min(1),
  positionDate: DateColumnSchema,
  jobName: z.string(),
  jobId: z.string(),
  status: LogStatusSchema,
  startTime: InstantSchema.nullable(),
  endTime: InstantSchema.nullable(),
  /** The Databricks run. */
  backfillJobId: z.string().nullable(),
  errorMessage: z.string().nullable(),
  /** Our caller. */
  creatorUserName: z.string().nullable(),
  runPageUrl: z.string().nullable(),
  /** Null for a first try. */
  retryMetadata: RetryMetadataSchema.nullable(),
  backfillId: z.string().nullable(),
  /** From 1; 0 for a skipped date. */
  attempt: z.int().min(0).nullable(),
  /** Last day of the window; null or positionDate where the window is a day. */
  positionEndDate: DateColumnSchema.nullable(),
  /** What the quality checks found; null where the job has none or the run did not succeed. */
  quality: QualityReportSchema.nullable().optional(),
});
export type LogRow = z.infer<typeof LogRowSchema>;

/** A row as its columns are named, instants as ISO text in UTC: what REST and CLI show. */
export interface LogColumns {
  run_id: string;
  position_date: string;
  job_name: string | null;
  job_id: string | null;
  status: string;
  start_time: string | null;
  end_time: string | null;
  backfill_job_id: string | null;
  error_message: string | null;
  creator_user_name: string | null;
  run_page_url: string | null;
  /** JSON text, see {@link RetryMetadataSchema}. */
  retry_metadata: string | null;
  backfill_id: string | null;
  attempt: number | null;
  position_end_date: string | null;
  /** JSON text, see {@link QualityReportSchema}. */
  quality: string | null;
}

/** The row by its column names. */
export function logColumns(row: LogRow): LogColumns {
  return {
    run_id: row.runId,
    position_date: row.positionDate,
    job_name: row.jobName,
    job_id: row.jobId,
    status: row.status,
    start_time: row.startTime,
    end_time: row.endTime,
    backfill_job_id: row.backfillJobId,
    error_message: row.errorMessage,
    creator_user_name: row.creatorUserName,
    run_page_url: row.runPageUrl,
    retry_metadata: columnOf(row.retryMetadata),
    backfill_id: row.backfillId,
    attempt: row.attempt,
    position_end_date: row.positionEndDate,
    quality: row.quality ? JSON.stringify(row.quality) : null,
  };
}

/** Whether a row with this status never changes again. */
export function isTerminal(status: LogStatus): boolean {
  return status !== 'STARTED';
}

function columnOf(metadata: RetryMetadata | null): string | null {
  return metadata === null ? null : retryMetadataToColumn(metadata);
}
