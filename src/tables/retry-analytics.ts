import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { conditionsOf, type LogFilter, whereClause } from './log-filter.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

/** A date that succeeded and was retried before. Columns are named as in the statement that it is the twin of. */
export interface RecoveredDate {
  readonly job_id: string | null;
  readonly job_name: string | null;
  readonly position_date: string;
  /** Last day of the window; the date itself where it is one day. */
  readonly position_end_date: string;
  /** Attempts of all backfills. */
  readonly total_attempts: number;
  readonly max_retry_count: number | null;
  /** Starts of the first attempt that failed and of the last that succeeded, ISO 8601 in UTC. */
  readonly first_failure: string | null;
  readonly final_success: string | null;
}

const RateSchema = z.object({
  /** The nth retry of a failure. */
  retry_attempt: CountSchema.nullable(),
  total_retries: CountSchema,
  successful: CountSchema,
  success_rate_pct: z.coerce.number(),
});

/** How often the nth retry of a failure succeeded; retries that still run count as not successful. */
export type RetrySuccessRate = z.infer<typeof RateSchema>;

/** How retries went, in the shape of `GET /api/retries/analytics`. */
export interface RetryAnalytics {
  readonly recovered_dates: readonly RecoveredDate[];
  readonly success_rates: readonly RetrySuccessRate[];
  /** ISO 8601, UTC: when the warehouse was asked. */
  readonly as_of: string;
}

const RecoveredSchema = z.object({
  job_id: z.string().nullable(),
  job_name: z.string().nullable(),
  position_date: z.string(),
  position_end_date: z.string(),
  total_attempts: CountSchema,
  max_retry_count: CountSchema.nullable(),
  first_failure_millis: CountSchema.nullable(),
  final_success_millis: CountSchema.nullable(),
});

/** Metadata that a notebook of the past wrote may be anything. */
const RETRY_COUNT = 'try_cast(retry_metadata:retry_count AS INT)';

/** @throws BackfillError `tables_missing`, `warehouse_*`, `statement_failed` */
export async function readRetryAnalytics(
  warehouse: Warehouse,
  names: TableNames,
  filter: Pick<LogFilter, 'jobId' | 'jobName' | 'startDate' | 'endDate'>,
): Promise<RetryAnalytics> {
  const asOf = new Date().toISOString();
  const recovered = await readRecoveredDates(warehouse, names, filter);
  const rates = await readSuccessRates(warehouse, names, filter);
  return { recovered_dates: recovered, success_rates: rates, as_of: asOf };
}

async function readRecoveredDates(
  warehouse: Warehouse,
  names: TableNames,
  filter: LogFilter,
): Promise<RecoveredDate[]> {
  const { clauses, parameters } = conditionsOf(filter);
  const sql = `
SELECT job_id, max(job_name) AS job_name, CAST(position_date AS STRING) AS position_date,
  CAST(coalesce(max(position_end_date), position_date) AS STRING) AS position_end_date,
  count(*) AS total_attempts, max(${RETRY_COUNT}) AS max_retry_count,
  min(CASE WHEN status = 'FAILED' THEN unix_millis(start_time) END) AS first_failure_millis,
  max(CASE WHEN status = 'SUCCESS' THEN unix_millis(start_time) END) AS final_success_millis
FROM ${names.backfillLog}
${whereClause(["status <> 'SKIPPED'", ...clauses])}
GROUP BY job_id, position_date
HAVING max(CASE WHEN retry_metadata IS NOT NULL THEN 1 ELSE 0 END) = 1
  AND max(CASE WHEN status = 'SUCCESS' THEN 1 ELSE 0 END) = 1
ORDER BY position_date, job_id`.trim();
  const rows = await queryRows(warehouse, RecoveredSchema, sql, parameters);
  return rows.map(({ first_failure_millis, final_success_millis, ...row }) => ({
    ...row,
    first_failure: isoTime(first_failure_millis),
    final_success: isoTime(final_success_millis),
  }));
}

async function readSuccessRates(
  warehouse: Warehouse,
  names: TableNames,
  filter: LogFilter,
): Promise<RetrySuccessRate[]> {
  const { clauses, parameters } = conditionsOf(filter);
  const successful = "sum(CASE WHEN status = 'SUCCESS' THEN 1 ELSE 0 END)";
  const sql = `
SELECT retry_attempt, count(*) AS total_retries, ${successful} AS successful,
  round(100.0 * ${successful} / count(*), 2) AS success_rate_pct
FROM (
  SELECT status, ${RETRY_COUNT} AS retry_attempt FROM ${names.backfillLog}
  ${whereClause(['retry_metadata IS NOT NULL', ...clauses])}
) AS retries
GROUP BY retry_attempt
ORDER BY retry_attempt`.trim();
  return queryRows(warehouse, RateSchema, sql, parameters);
}

function isoTime(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
