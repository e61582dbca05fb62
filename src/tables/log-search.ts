import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { decodeCursor, encodeCursor } from './log-cursor.ts';
import { conditionsOf, type LogFilter, whereClause } from './log-filter.ts';
import type { LogColumns } from './log-row.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

export interface LogPage {
  /** Newest first: by start_time (else end_time), then by run_id. */
  readonly items: LogColumns[];
  /** Pass it to get the next page; null on the last page. */
  readonly nextCursor: string | null;
}

/** Instants leave the warehouse as milliseconds, so that no time zone of a session has a say. */
const InstantMillisSchema = CountSchema.nullable();

const RowSchema = z.object({
  run_id: z.string(),
  position_date: z.string(),
  job_name: z.string().nullable(),
  job_id: z.string().nullable(),
  status: z.string(),
  start_millis: InstantMillisSchema,
  end_millis: InstantMillisSchema,
  backfill_job_id: z.string().nullable(),
  error_message: z.string().nullable(),
  creator_user_name: z.string().nullable(),
  run_page_url: z.string().nullable(),
  retry_metadata: z.string().nullable(),
  backfill_id: z.string().nullable(),
  attempt: CountSchema.nullable(),
  position_end_date: z.string().nullable(),
  quality: z.string().nullable(),
  sort_millis: CountSchema,
});

/** A row without any time sorts as the oldest. */
const SORT_MILLIS = 'coalesce(unix_millis(start_time), unix_millis(end_time), 0)';

/**
 * A page of `backfill_log`, newest first. SKIPPED rows come only when the filter asks for them.
 *
 * @param limit most rows of the page.
 * @throws BackfillError `invalid_request` for a cursor that is none of ours.
 */
export async function searchLog(
  warehouse: Warehouse,
  names: TableNames,
  filter: LogFilter,
  page: { limit: number; cursor?: string | undefined },
): Promise<LogPage> {
  const { clauses, parameters } = conditionsOf(filter);
  if (filter.status === undefined) clauses.push("status <> 'SKIPPED'");
  if (page.cursor !== undefined) {
    const after = decodeCursor(page.cursor);
    clauses.push(
      '(sort_millis < :after_millis OR (sort_millis = :after_millis AND run_id < :after_run_id)' +
        ' OR (sort_millis = :after_millis AND run_id = :after_run_id AND position_date < CAST(:after_date AS DATE)))',
    );
    parameters.after_millis = BigInt(after.millis);
    parameters.after_run_id = after.runId;
    parameters.after_date = after.date;
  }
  // One row more than asked tells whether there is a next page.
  parameters.row_limit = page.limit + 1;
  const sql = `
SELECT run_id, CAST(position_date AS STRING) AS position_date, job_name, job_id, status,
  unix_millis(start_time) AS start_millis, unix_millis(end_time) AS end_millis, backfill_job_id, error_message,
  creator_user_name, run_page_url, retry_metadata, backfill_id, attempt,
  CAST(position_end_date AS STRING) AS position_end_date, quality, sort_millis
FROM (SELECT *, ${SORT_MILLIS} AS sort_millis FROM ${names.backfillLog}) AS log
${whereClause(clauses)}
ORDER BY log.sort_millis DESC, log.run_id DESC, log.position_date DESC
LIMIT :row_limit`.trim();
  const rows = await queryRows(warehouse, RowSchema, sql, parameters);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const nextCursor =
    rows.length > shown.length && last !== undefined
      ? encodeCursor({ millis: last.sort_millis, runId: last.run_id, date: last.position_date })
      : null;
  return { items: shown.map(toColumns), nextCursor };
}

function toColumns(row: z.infer<typeof RowSchema>): LogColumns {
  const { start_millis, end_millis, sort_millis, ...columns } = row;
  return { ...columns, start_time: isoTime(start_millis), end_time: isoTime(end_millis) };
}

function isoTime(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
