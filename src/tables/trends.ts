import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { conditionsOf, type LogFilter } from './log-filter.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

/** Attempts of one day, in the shape of `GET /api/trends`. */
export interface TrendDay {
  /** The day on which they started, in UTC. */
  readonly day: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Of the attempts that succeeded; null where none did. */
  readonly median_seconds: number | null;
  readonly p95_seconds: number | null;
}

export interface Trends {
  readonly days: readonly TrendDay[];
  /** What the first failure of a retried date was: the class and code that its error_message begins with. */
  readonly retries: readonly { readonly reason: string; readonly count: number }[];
  /** ISO 8601, UTC: when the warehouse was asked. */
  readonly as_of: string;
}

const RowSchema = z.object({
  kind: z.enum(['day', 'retry']),
  label: z.string(),
  succeeded: CountSchema,
  failed: CountSchema,
  cancelled: CountSchema,
  median_ms: z.coerce.number().nullable(),
  p95_ms: z.coerce.number().nullable(),
});

/**
 * How the attempts that started within a range of days went, one statement for all of it. The days are
 * those on which work was done, not position dates: a job that has become slow shows on the day it did.
 */
export async function readTrends(
  warehouse: Warehouse,
  names: TableNames,
  range: { startDate: string; endDate: string } & Pick<LogFilter, 'jobId' | 'jobName'>,
): Promise<Trends> {
  const asOf = new Date();
  const { clauses, parameters } = conditionsOf({ jobId: range.jobId, jobName: range.jobName });
  const sql = `
WITH attempts AS (
  SELECT run_id, status, error_message, CAST(start_time AS DATE) AS day,
    get_json_object(retry_metadata, '$.original_run_id') AS original_run_id,
    CASE WHEN status = 'SUCCESS' THEN unix_millis(end_time) - unix_millis(start_time) END AS duration_ms
  FROM ${names.backfillLog}
  WHERE ${["status IN ('SUCCESS', 'FAILED', 'CANCELLED')", ...clauses].join(' AND ')}
),
shown AS (
  SELECT * FROM attempts WHERE day >= CAST(:start_date AS DATE) AND day <= CAST(:end_date AS DATE)
)
SELECT 'day' AS kind, CAST(day AS STRING) AS label,
  count_if(status = 'SUCCESS') AS succeeded, count_if(status = 'FAILED') AS failed,
  count_if(status = 'CANCELLED') AS cancelled,
  CAST(percentile(duration_ms, 0.5) AS DOUBLE) AS median_ms,
  CAST(percentile(duration_ms, 0.95) AS DOUBLE) AS p95_ms
FROM shown
GROUP BY day
UNION ALL
SELECT 'retry' AS kind,
  coalesce(nullif(split_part(first_failure.error_message, ': ', 1), ''), 'unknown') AS label,
  count_if(shown.status = 'SUCCESS') AS succeeded, count_if(shown.status = 'FAILED') AS failed,
  count_if(shown.status = 'CANCELLED') AS cancelled,
  CAST(NULL AS DOUBLE) AS median_ms, CAST(NULL AS DOUBLE) AS p95_ms
FROM shown
LEFT JOIN attempts AS first_failure ON first_failure.run_id = shown.original_run_id
WHERE shown.original_run_id IS NOT NULL
GROUP BY coalesce(nullif(split_part(first_failure.error_message, ': ', 1), ''), 'unknown')`.trim();
  const rows = await queryRows(warehouse, RowSchema, sql, {
    ...parameters,
    start_date: range.startDate,
    end_date: range.endDate,
  });
  return { days: daysOf(rows), retries: retriesOf(rows), as_of: asOf.toISOString() };
}

type Row = z.output<typeof RowSchema>;

function daysOf(rows: readonly Row[]): TrendDay[] {
  return rows
    .filter(({ kind }) => kind === 'day')
    .map(({ label, succeeded, failed, cancelled, median_ms, p95_ms }) => ({
      day: label,
      succeeded,
      failed,
      cancelled,
      median_seconds: inSeconds(median_ms),
      p95_seconds: inSeconds(p95_ms),
    }))
    .sort((one, other) => (one.day < other.day ? -1 : 1));
}

function retriesOf(rows: readonly Row[]): Trends['retries'] {
  return rows
    .filter(({ kind }) => kind === 'retry')
    .map((row) => ({ reason: row.label, count: row.succeeded + row.failed + row.cancelled }))
    .sort((one, other) => other.count - one.count);
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms) / 1000;
}
