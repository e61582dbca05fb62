import type { SqlParameter } from '../databricks/warehouse.ts';
import type { LogStatus } from './log-row.ts';

/** Which rows of `backfill_log` a query is about; what is left out does not restrict. */
export interface LogFilter {
  /** Databricks job. Takes precedence over the name, because a name can change or repeat. */
  readonly jobId?: string | undefined;
  readonly jobName?: string | undefined;
  readonly status?: LogStatus | undefined;
  /** First and last position_date, `YYYY-MM-DD`, both included. */
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly backfillId?: string | undefined;
}

/** Conditions to be joined by AND, with the parameters that they name. */
export interface Conditions {
  readonly clauses: string[];
  readonly parameters: Record<string, SqlParameter>;
}

/** The filter as conditions on the columns of `backfill_log`; every value is bound. */
export function conditionsOf(filter: LogFilter): Conditions {
  const conditions: Conditions = { clauses: [], parameters: {} };
  const add = (clause: string, name: string, value: SqlParameter): void => {
    conditions.clauses.push(clause);
    conditions.parameters[name] = value;
  };
  if (filter.jobId !== undefined) add('job_id = :job_id', 'job_id', filter.jobId);
  else if (filter.jobName !== undefined) add('job_name = :job_name', 'job_name', filter.jobName);
  if (filter.status !== undefined) add('status = :status', 'status', filter.status);
  if (filter.startDate !== undefined) {
    add('position_date >= CAST(:start_date AS DATE)', 'start_date', filter.startDate);
  }
  if (filter.endDate !== undefined) {
    add('position_date <= CAST(:end_date AS DATE)', 'end_date', filter.endDate);
  }
  if (filter.backfillId !== undefined) add('backfill_id = :backfill_id', 'backfill_id', filter.backfillId);
  return conditions;
}

/** `WHERE ...` for the clauses, or nothing for none. */
export function whereClause(clauses: readonly string[]): string {
  return clauses.length === 0 ? '' : `WHERE ${clauses.join(' AND ')}`;
}
