import { z } from 'zod';
import type { BusinessCalendar } from '../calendar/business-calendar.ts';
import { type CalendarDate, datesInRange, requireCalendarDate } from '../calendar/calendar-date.ts';
import type { SqlParameter, Warehouse } from '../databricks/warehouse.ts';
import { type LogRow, LogStatusSchema } from './log-row.ts';
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

/** Whose days are asked for; without an id and a name those of all jobs together. */
export interface CoveredJob {
  /** How the answer names the job. */
  readonly job: string | null;
  /** Databricks job. Takes precedence over the name, because a name can change or repeat. */
  readonly jobId?: string | undefined;
  readonly jobName?: string | undefined;
  /** Which days the job should have processed. */
  readonly calendar: BusinessCalendar;
}

/** Both ends included, `YYYY-MM-DD`. */
export interface DateRange {
  readonly startDate: string;
  readonly endDate: string;
}

const DateSchema = z.string().transform(requireCalendarDate);

const SuccessSchema = z.object({
  job_id: z.string().nullable(),
  job_name: z.string().nullable(),
  first_date: DateSchema,
  last_date: DateSchema,
});
type Success = z.infer<typeof SuccessSchema>;

/**
 * Which business days of each job have a SUCCESS row: one statement for all jobs. The days are those of the
 * job's calendar, of which the calendar table is only the projection for US. A row that stands for a window
 * covers every day of it.
 *
 * @param pending rows on their way to the table (the outbox), laid over what it has.
 */
export async function readCoverage(
  warehouse: Warehouse,
  names: TableNames,
  range: DateRange,
  jobs: readonly CoveredJob[],
  pending: readonly LogRow[] = [],
): Promise<Coverage[]> {
  const asOf = new Date().toISOString();
  const parameters: Record<string, SqlParameter> = { start_date: range.startDate, end_date: range.endDate };
  const sql = `
SELECT DISTINCT job_id, job_name, CAST(position_date AS STRING) AS first_date,
  CAST(coalesce(position_end_date, position_date) AS STRING) AS last_date
FROM ${names.backfillLog}
WHERE status = '${LogStatusSchema.enum.SUCCESS}'
  AND position_date <= CAST(:end_date AS DATE)
  AND coalesce(position_end_date, position_date) >= CAST(:start_date AS DATE)${ofJobs(jobs, parameters)}`.trim();
  const stored = await queryRows(warehouse, SuccessSchema, sql, parameters);
  const successes = [...stored, ...pending.filter(({ status }) => status === 'SUCCESS').map(successOf)];
  const dates = datesInRange(requireCalendarDate(range.startDate), requireCalendarDate(range.endDate));
  return jobs.map((job) => coverageOf(job, dates, successes, asOf));
}

function ofJobs(jobs: readonly CoveredJob[], parameters: Record<string, SqlParameter>): string {
  const clauses = jobs.map(({ jobId, jobName }, index) => {
    if (jobId === undefined && jobName === undefined) return 'true';
    const column = jobId === undefined ? 'job_name' : 'job_id';
    parameters[`job_${index}`] = jobId ?? jobName ?? '';
    return `${column} = :job_${index}`;
  });
  return clauses.includes('true') ? '' : `\n  AND (${clauses.join(' OR ')})`;
}

function successOf(row: LogRow): Success {
  return {
    job_id: row.jobId,
    job_name: row.jobName,
    first_date: requireCalendarDate(row.positionDate),
    last_date: requireCalendarDate(row.positionEndDate ?? row.positionDate),
  };
}

function coverageOf(
  { job, jobId, jobName, calendar }: CoveredJob,
  dates: readonly CalendarDate[],
  successes: readonly Success[],
  asOf: string,
): Coverage {
  const processed = new Set<string>();
  const [first, last] = [dates.at(0), dates.at(-1)];
  for (const success of successes) {
    if (jobId !== undefined ? success.job_id !== jobId : (jobName ?? success.job_name) !== success.job_name) {
      continue;
    }
    // Most rows are of one day: no range is made for them.
    if (success.first_date === success.last_date) processed.add(success.first_date);
    else for (const date of datesInRange(...within(success, first, last))) processed.add(date);
  }
  const days = dates
    .filter((date) => calendar.isBusinessDay(date))
    .map((date) => ({
      calendar_date: date,
      status: processed.has(date) ? ('Processed' as const) : ('Missing' as const),
    }));
  const done = days.filter(({ status }) => status === 'Processed').length;
  return { job, totals: { processed: done, missing: days.length - done }, days, as_of: asOf };
}

/** The part of a window that lies in the range. */
function within(
  { first_date, last_date }: Success,
  first: CalendarDate | undefined,
  last: CalendarDate | undefined,
): [CalendarDate, CalendarDate] {
  return [
    first !== undefined && first_date < first ? first : first_date,
    last !== undefined && last_date > last ? last : last_date,
  ];
}
