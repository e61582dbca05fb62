import { z } from 'zod';
import type { SqlParameter, Warehouse } from '../databricks/warehouse.ts';
import { foldLogRows } from './log-fold.ts';
import { type LogRow, type LogStatus, LogStatusSchema } from './log-row.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

/** An attempt as a sweep looks at it. */
export interface LoggedTry {
  readonly runId: string;
  readonly jobId: string;
  readonly jobName: string;
  readonly positionDate: string;
  readonly positionEndDate: string;
  readonly status: Exclude<LogStatus, 'SKIPPED'>;
  readonly startedMs: number;
  /** Of an attempt that has not ended, its start. */
  readonly endedMs: number;
  readonly attempt: number;
  readonly isRetry: boolean;
  /** The class that `error_message` begins with; null where it names none. */
  readonly failureClass: string | null;
  readonly backfillId: string | null;
}

/** Which failures lead to a date: those since an instant, or those of a range of position_date; of one job or of all. */
export interface FailureFilter {
  readonly window: { readonly sinceMs: number } | { readonly startDate: string; readonly endDate: string };
  readonly jobId: string | null;
}

const RowSchema = z.object({
  run_id: z.string(),
  job_id: z.string(),
  job_name: z.string().nullable(),
  position_date: z.string(),
  position_end_date: z.string(),
  status: LogStatusSchema.exclude(['SKIPPED']),
  started_ms: CountSchema,
  ended_ms: CountSchema,
  attempt: CountSchema,
  is_retry: z.boolean(),
  error_start: z.string().nullable(),
  backfill_id: z.string().nullable(),
});

/**
 * Every attempt that has a day in common with an original failure in the window: the history from which a
 * sweep chooses. A SUCCESS in it may be older or newer than the failure.
 *
 * @param pending rows on their way to the table (the outbox), laid over what it has.
 * @throws BackfillError `tables_missing`, `warehouse_*`, `statement_failed`
 */
export async function readFailureLog(
  warehouse: Warehouse,
  names: TableNames,
  filter: FailureFilter,
  pending: readonly LogRow[] = [],
): Promise<LoggedTry[]> {
  const ofJob = pending.filter(
    ({ jobId, status }) => (filter.jobId === null || jobId === filter.jobId) && status !== 'SKIPPED',
  );
  // Failures that the table lacks still lead to the history that it has.
  const failed = ofJob.filter(({ status }) => status === 'FAILED');
  const { clauses, parameters } = originalsOf(filter);
  const sql = `
SELECT DISTINCT l.run_id, l.job_id, l.job_name, CAST(l.position_date AS STRING) AS position_date,
  CAST(coalesce(l.position_end_date, l.position_date) AS STRING) AS position_end_date, l.status,
  coalesce(unix_millis(l.start_time), unix_millis(l.end_time), 0) AS started_ms,
  coalesce(unix_millis(l.end_time), unix_millis(l.start_time), 0) AS ended_ms,
  coalesce(l.attempt, 0) AS attempt, l.retry_metadata IS NOT NULL AS is_retry,
  substr(l.error_message, 1, 40) AS error_start, l.backfill_id
FROM ${names.backfillLog} AS l
JOIN (
  SELECT job_id, position_date AS first_date, coalesce(position_end_date, position_date) AS last_date
  FROM ${names.backfillLog} WHERE ${clauses.join(' AND ')}
  UNION
  SELECT job_id, CAST(first_date AS DATE) AS first_date, CAST(last_date AS DATE) AS last_date
  FROM (SELECT inline(from_json(:failed, 'array<struct<job_id:string,first_date:string,last_date:string>>')))
) AS sought ON l.job_id = sought.job_id AND l.position_date <= sought.last_date
  AND coalesce(l.position_end_date, l.position_date) >= sought.first_date
WHERE l.status <> 'SKIPPED'`.trim();
  const dates = failed.map(({ jobId, positionDate, positionEndDate }) => ({
    job_id: jobId,
    first_date: positionDate,
    last_date: positionEndDate ?? positionDate,
  }));
  const rows = await queryRows(warehouse, RowSchema, sql, { ...parameters, failed: JSON.stringify(dates) });
  return overlay(rows.map(tryOfRow), ofJob);
}

function originalsOf({ window, jobId }: FailureFilter): {
  clauses: string[];
  parameters: Record<string, SqlParameter>;
} {
  const clauses = ["status = 'FAILED'", 'retry_metadata IS NULL'];
  const parameters: Record<string, SqlParameter> = {};
  if ('sinceMs' in window) {
    clauses.push('unix_millis(coalesce(end_time, start_time)) >= :since_millis');
    parameters.since_millis = BigInt(window.sinceMs);
  } else {
    clauses.push(
      'position_date <= CAST(:end_date AS DATE)',
      'coalesce(position_end_date, position_date) >= CAST(:start_date AS DATE)',
    );
    parameters.start_date = window.startDate;
    parameters.end_date = window.endDate;
  }
  if (jobId !== null) {
    clauses.push('job_id = :job_id');
    parameters.job_id = jobId;
  }
  return { clauses, parameters };
}

/** As the MERGE would: a pending row adds or finishes an attempt, and changes no terminal one. */
function overlay(stored: readonly LoggedTry[], pending: readonly LogRow[]): LoggedTry[] {
  const keyOf = (one: { runId: string; positionDate: string }) => `${one.runId} ${one.positionDate}`;
  const tries = new Map(stored.map((one) => [keyOf(one), one]));
  for (const row of foldLogRows(pending)) {
    if (row.status === 'SKIPPED') continue;
    const known = tries.get(keyOf(row));
    if (known === undefined || known.status === 'STARTED')
      tries.set(keyOf(row), tryOfPending(row, row.status));
  }
  return [...tries.values()];
}

function tryOfRow(row: z.output<typeof RowSchema>): LoggedTry {
  return {
    runId: row.run_id,
    jobId: row.job_id,
    jobName: row.job_name ?? '',
    positionDate: row.position_date,
    positionEndDate: row.position_end_date,
    status: row.status,
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    attempt: row.attempt,
    isRetry: row.is_retry,
    failureClass: failureClassOf(row.error_start),
    backfillId: row.backfill_id,
  };
}

function tryOfPending(row: LogRow, status: LoggedTry['status']): LoggedTry {
  return {
    runId: row.runId,
    jobId: row.jobId,
    jobName: row.jobName,
    positionDate: row.positionDate,
    positionEndDate: row.positionEndDate ?? row.positionDate,
    status,
    startedMs: Date.parse(row.startTime ?? row.endTime ?? '1970-01-01T00:00:00Z'),
    endedMs: Date.parse(row.endTime ?? row.startTime ?? '1970-01-01T00:00:00Z'),
    attempt: row.attempt ?? 0,
    isRetry: row.retryMetadata !== null,
    failureClass: failureClassOf(row.errorMessage),
    backfillId: row.backfillId,
  };
}

/** `error_message` of ours begins `<class>/<CODE>: `. */
function failureClassOf(errorMessage: string | null): string | null {
  return /^([a-z_]+)\/[A-Za-z0-9_]+/.exec(errorMessage ?? '')?.[1] ?? null;
}
