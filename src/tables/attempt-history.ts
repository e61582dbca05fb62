import { z } from 'zod';
import { type CalendarDate, datesInRange } from '../calendar/calendar-date.ts';
import type { Warehouse } from '../databricks/warehouse.ts';
import { LogStatusSchema } from './log-row.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import { type RetryMetadata, retryMetadataOf } from './retry-metadata.ts';
import type { TableNames } from './table-names.ts';

/** An attempt as the log knows it. Times are ISO 8601 in UTC. */
export interface LoggedAttempt {
  readonly attemptId: string;
  /** From 1. */
  readonly attempt: number;
  /** First and last day of what it ran. */
  readonly positionDate: string;
  readonly positionEndDate: string;
  /** STARTED: the log has not seen its end. */
  readonly status: 'STARTED' | 'SUCCESS' | 'FAILED' | 'CANCELLED';
  /** The Databricks run. */
  readonly runId: string | null;
  readonly runPageUrl: string | null;
  readonly startTime: string | null;
  readonly endTime: string | null;
  readonly errorMessage: string | null;
  readonly retryMetadata: RetryMetadata | null;
}

/** What the log says of the dates of one backfill. */
export interface AttemptHistory {
  /** The last attempt of each date that had one, by the date's first day. */
  readonly latest: ReadonlyMap<string, LoggedAttempt>;
  /** Dates that are logged as skipped. */
  readonly skipped: ReadonlySet<string>;
  /** Successes of other backfills of the same job since this one was made, the first of each day. */
  readonly succeededElsewhere: ReadonlyMap<string, LoggedAttempt & { readonly backfillId: string }>;
}

const RowSchema = z.object({
  run_id: z.string(),
  position_date: z.string(),
  position_end_date: z.string(),
  status: LogStatusSchema,
  start_millis: CountSchema.nullable(),
  end_millis: CountSchema.nullable(),
  backfill_job_id: z.string().nullable(),
  error_message: z.string().nullable(),
  run_page_url: z.string().nullable(),
  retry_metadata: z.string().nullable(),
  backfill_id: z.string(),
  attempt: CountSchema.nullable(),
});
type Row = z.output<typeof RowSchema>;

/**
 * @param backfill.adopted where it is known, the backfill whose success each date took over: then only these
 *   successes are asked for.
 * @throws BackfillError `tables_missing`, `warehouse_*`, `statement_failed`
 */
export async function readAttemptHistory(
  warehouse: Warehouse,
  names: TableNames,
  backfill: {
    id: string;
    jobId: string;
    createdAtMs: number;
    adopted?: Readonly<Record<string, string>>;
  },
): Promise<AttemptHistory> {
  const { adopted } = backfill;
  const alone = adopted !== undefined && Object.keys(adopted).length === 0;
  const sql = `
SELECT run_id, CAST(position_date AS STRING) AS position_date,
  CAST(coalesce(position_end_date, position_date) AS STRING) AS position_end_date, status,
  unix_millis(start_time) AS start_millis, unix_millis(end_time) AS end_millis,
  backfill_job_id, error_message, run_page_url, retry_metadata, backfill_id, attempt
FROM ${names.backfillLog}
WHERE backfill_id = :backfill_id${alone ? '' : SUCCESSES_SINCE}
ORDER BY position_date, attempt, end_time`.trim();
  const rows = await queryRows(warehouse, RowSchema, sql, {
    backfill_id: backfill.id,
    ...(!alone && { job_id: backfill.jobId, created_millis: BigInt(backfill.createdAtMs) }),
  });
  const latest = new Map<string, LoggedAttempt>();
  const skipped = new Set<string>();
  const succeededElsewhere = new Map<string, LoggedAttempt & { backfillId: string }>();
  for (const row of rows) {
    const { position_date: date, backfill_id: backfillId } = row;
    const attempt = attemptOf(row);
    if (attempt === null) {
      skipped.add(date);
    } else if (backfillId === backfill.id) {
      if (attempt.attempt >= (latest.get(date)?.attempt ?? 0)) latest.set(date, attempt);
    } else {
      for (const day of datesInRange(date as CalendarDate, attempt.positionEndDate as CalendarDate)) {
        if (adopted?.[day] !== backfillId && succeededElsewhere.has(day)) continue;
        succeededElsewhere.set(day, { ...attempt, backfillId });
      }
    }
  }
  return { latest, skipped, succeededElsewhere };
}

const SUCCESSES_SINCE = `
  OR (job_id = :job_id AND status = 'SUCCESS' AND backfill_id IS NOT NULL
    AND unix_millis(end_time) >= :created_millis)`;

function attemptOf(row: Row): LoggedAttempt | null {
  if (row.status === 'SKIPPED') return null;
  return {
    attemptId: row.run_id,
    attempt: row.attempt ?? 1,
    positionDate: row.position_date,
    positionEndDate: row.position_end_date,
    status: row.status,
    runId: row.backfill_job_id,
    runPageUrl: row.run_page_url,
    startTime: isoTime(row.start_millis),
    endTime: isoTime(row.end_millis),
    errorMessage: row.error_message,
    retryMetadata: retryMetadataOf(row.retry_metadata),
  };
}

function isoTime(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
