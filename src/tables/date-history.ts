import { z } from 'zod';
import { type CalendarDate, datesInRange } from '../calendar/calendar-date.ts';
import type { Warehouse } from '../databricks/warehouse.ts';
import { foldLogRows } from './log-fold.ts';
import { type LogRow, type LogStatus, LogStatusSchema, logColumns } from './log-row.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import { originalRunIdOf } from './retry-metadata.ts';
import type { TableNames } from './table-names.ts';

/** What the log says of one date of a job. */
export interface DateHistory {
  /** Whether any attempt succeeded. */
  readonly succeeded: boolean;
  /** Status of the latest attempt. */
  readonly latestStatus: Exclude<LogStatus, 'SKIPPED'> | null;
  /** The first failure since the last success, which a retry of the date links to; null if there is none. */
  readonly firstFailureRunId: string | null;
  /** Rows already linked to that failure. */
  readonly linkedRetries: number;
}

const AttemptSchema = z.object({
  run_id: z.string(),
  position_date: z.string(),
  position_end_date: z.string(),
  status: LogStatusSchema,
  started_ms: CountSchema,
  attempt: CountSchema,
  retry_metadata: z.string().nullable(),
});
type Attempt = z.infer<typeof AttemptSchema>;

/**
 * The history of a job's days in a range; days without an attempt are not in the map. A window's success or
 * failure is that of each of its days.
 *
 * @param pending rows on their way to the table (the outbox), laid over what it has.
 */
export async function readDateHistory(
  warehouse: Warehouse,
  names: TableNames,
  range: { jobId: string; startDate: string; endDate: string },
  pending: readonly LogRow[] = [],
): Promise<Map<string, DateHistory>> {
  const sql = `
SELECT run_id, CAST(position_date AS STRING) AS position_date,
  CAST(coalesce(position_end_date, position_date) AS STRING) AS position_end_date, status,
  coalesce(unix_millis(start_time), unix_millis(end_time), 0) AS started_ms, coalesce(attempt, 0) AS attempt,
  retry_metadata
FROM ${names.backfillLog}
WHERE job_id = :job_id AND status <> 'SKIPPED'
  AND position_date <= CAST(:end_date AS DATE)
  AND coalesce(position_end_date, position_date) >= CAST(:start_date AS DATE)`.trim();
  const stored = await queryRows(warehouse, AttemptSchema, sql, {
    job_id: range.jobId,
    start_date: range.startDate,
    end_date: range.endDate,
  });
  const inRange = pending.filter(
    (row) =>
      row.jobId === range.jobId && row.positionDate <= range.endDate && lastDay(row) >= range.startDate,
  );
  return historyByDate(overlay(stored, inRange), range);
}

/** As the MERGE would: a pending row adds or finishes an attempt, and changes no terminal one. */
function overlay(stored: readonly Attempt[], pending: readonly LogRow[]): Attempt[] {
  const attempts = new Map(stored.map((attempt) => [`${attempt.run_id} ${attempt.position_date}`, attempt]));
  for (const row of foldLogRows(pending)) {
    if (row.status === 'SKIPPED') continue;
    const key = `${row.runId} ${row.positionDate}`;
    const known = attempts.get(key);
    if (known === undefined) attempts.set(key, attemptOf(row));
    else if (known.status === 'STARTED') attempts.set(key, { ...known, status: row.status });
  }
  return [...attempts.values()];
}

function attemptOf(row: LogRow): Attempt {
  return {
    run_id: row.runId,
    position_date: row.positionDate,
    position_end_date: lastDay(row),
    status: row.status,
    started_ms: Date.parse(row.startTime ?? row.endTime ?? '1970-01-01T00:00:00Z'),
    attempt: row.attempt ?? 0,
    retry_metadata: logColumns(row).retry_metadata,
  };
}

function lastDay({ positionDate, positionEndDate }: LogRow): string {
  return positionEndDate ?? positionDate;
}

/** An attempt that stands for a window counts for each of its days. */
function historyByDate(
  attempts: readonly Attempt[],
  range: { startDate: string; endDate: string },
): Map<string, DateHistory> {
  const byDate = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    for (const day of daysWithin(attempt, range)) {
      const ofDate = byDate.get(day);
      if (ofDate === undefined) byDate.set(day, [attempt]);
      else ofDate.push(attempt);
    }
  }
  return new Map([...byDate].map(([date, ofDate]) => [date, historyOf(ofDate.sort(byAge))]));
}

function daysWithin(
  { position_date: first, position_end_date: last }: Attempt,
  range: { startDate: string; endDate: string },
): string[] {
  if (first === last) return [first];
  const start = first > range.startDate ? first : range.startDate;
  const end = last < range.endDate ? last : range.endDate;
  return datesInRange(start as CalendarDate, end as CalendarDate);
}

function byAge(one: Attempt, other: Attempt): number {
  return (
    one.started_ms - other.started_ms || one.attempt - other.attempt || (one.run_id < other.run_id ? -1 : 1)
  );
}

function historyOf(attempts: readonly Attempt[]): DateHistory {
  const latest = attempts.at(-1)?.status ?? null;
  const lastSuccess = attempts.findLastIndex((attempt) => attempt.status === 'SUCCESS');
  const failure = attempts.slice(lastSuccess + 1).find((attempt) => attempt.status === 'FAILED');
  // The log of the first failure itself may be gone; a retry still names it.
  const original = failure === undefined ? null : (originalRunIdOf(failure.retry_metadata) ?? failure.run_id);
  const linked = attempts.filter(
    (attempt) => original !== null && originalRunIdOf(attempt.retry_metadata) === original,
  );
  return {
    succeeded: lastSuccess >= 0,
    latestStatus: latest === 'SKIPPED' ? null : latest,
    firstFailureRunId: original,
    linkedRetries: linked.length,
  };
}
