import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { conditionsOf, type LogFilter } from './log-filter.ts';
import { queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

/** Business days of a range and whether they were processed, in the shape of `GET /api/coverage`. */
export interface Coverage {
  /** The job as it was asked for; null for all jobs together. */
  readonly job: string | null;
  readonly totals: { readonly processed: number; readonly missing: number };
  readonly days: readonly { readonly calendar_date: string; readonly status: 'Processed' | 'Missing' }[];
  /** ISO 8601, UTC: when the warehouse was asked. */
  readonly as_of: string;
}

const DaySchema = z.object({
  calendar_date: z.string(),
  status: z.enum(['Processed', 'Missing']),
});

/**
 * Which business days of the calendar table (US flag) have a SUCCESS row, both ends of the range
 * included. A row that stands for a window covers every day of it.
 */
export async function readCoverage(
  warehouse: Warehouse,
  names: TableNames,
  range: {
    /** How the answer names the job. */
    job: string | null;
    startDate: string;
    endDate: string;
  } & Pick<LogFilter, 'jobId' | 'jobName'>,
): Promise<Coverage> {
  const asOf = new Date();
  const { clauses, parameters } = conditionsOf({ jobId: range.jobId, jobName: range.jobName });
  const sql = `
SELECT CAST(c.calendar_date AS STRING) AS calendar_date,
  CASE WHEN count(l.first_date) > 0 THEN 'Processed' ELSE 'Missing' END AS status
FROM ${names.calendar} AS c
LEFT JOIN (
  SELECT DISTINCT position_date AS first_date, coalesce(position_end_date, position_date) AS last_date
  FROM ${names.backfillLog}
  WHERE ${["status = 'SUCCESS'", ...clauses].join(' AND ')}
) AS l ON c.calendar_date >= l.first_date AND c.calendar_date <= l.last_date
WHERE c.us_business_or_holiday_flag = 'B'
  AND c.calendar_date BETWEEN CAST(:start_date AS DATE) AND CAST(:end_date AS DATE)
GROUP BY c.calendar_date
ORDER BY c.calendar_date`.trim();
  const days = await queryRows(warehouse, DaySchema, sql, {
    ...parameters,
    start_date: range.startDate,
    end_date: range.endDate,
  });
  const processed = days.filter((day) => day.status === 'Processed').length;
  return {
    job: range.job,
    totals: { processed, missing: days.length - processed },
    days,
    as_of: asOf.toISOString(),
  };
}
