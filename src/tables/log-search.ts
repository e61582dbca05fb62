import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { decodeCursor, encodeCursor } from './log-cursor.ts';
import { conditionsOf, type LogFilter, whereClause } from './log-filter.ts';
import type { LogColumns } from './log-row.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

/**
 * - `newest`: by start_time (else end_time) descending, then by run_id
 * - `position_date`: ascending, then by run_id
 */
export const LogOrderSchema = z.enum(['newest', 'position_date']);
export type LogOrder = z.infer<typeof LogOrderSchema>;

/** A row, on demand with how long the attempt took, in whole seconds; null until it has ended. */
export type FoundLogColumns = LogColumns & { duration_seconds?: number | null };

export interface LogPage {
  readonly items: FoundLogColumns[];
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
 * A page of `backfill_log`. SKIPPED rows come only when the filter asks for them.
 *
 * @param page.limit most rows of the page.
 * @param page.durations whether each row shall have its `duration_seconds`.
 * @throws BackfillError `invalid_request` for a cursor that is none of ours.
 */
export async function searchLog(
  warehouse: Warehouse,
  names: TableNames,
  filter: LogFilter,
  page: { limit: number; cursor?: string | undefined; order?: LogOrder; durations?: boolean },
): Promise<LogPage> {
  const { order = 'newest', durations = false } = page;
  const { clauses, parameters } = conditionsOf(filter);
  if (filter.status === undefined) clauses.push("status <> 'SKIPPED'");
  if (page.cursor !== undefined) {
    const after = decodeCursor(page.cursor);
    clauses.push(PLACES_AFTER[order]);
    if (order === 'newest') parameters.after_millis = BigInt(after.millis);
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
ORDER BY ${ORDERS[order]}
LIMIT :row_limit`.trim();
  const rows = await queryRows(warehouse, RowSchema, sql, parameters);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const nextCursor =
    rows.length > shown.length && last !== undefined
      ? encodeCursor({ millis: last.sort_millis, runId: last.run_id, date: last.position_date })
      : null;
  return { items: shown.map((row) => toColumns(row, durations)), nextCursor };
}

const ORDERS: Readonly<Record<LogOrder, string>> = {
  newest: 'log.sort_millis DESC, log.run_id DESC, log.position_date DESC',
  position_date: 'log.position_date, log.run_id',
};

const PLACES_AFTER: Readonly<Record<LogOrder, string>> = {
  newest:
    '(sort_millis < :after_millis OR (sort_millis = :after_millis AND run_id < :after_run_id)' +
    ' OR (sort_millis = :after_millis AND run_id = :after_run_id AND position_date < CAST(:after_date AS DATE)))',
  position_date:
    '(position_date > CAST(:after_date AS DATE)' +
    ' OR (position_date = CAST(:after_date AS DATE) AND run_id > :after_run_id))',
};

function toColumns(row: z.infer<typeof RowSchema>, durations: boolean): FoundLogColumns {
  const { start_millis, end_millis, sort_millis, ...columns } = row;
  return {
    ...columns,
    start_time: isoTime(start_millis),
    end_time: isoTime(end_millis),
    ...(durations && { duration_seconds: durationSeconds(start_millis, end_millis) }),
  };
}

/** As `TIMESTAMPDIFF(SECOND, start_time, end_time)` counts: whole seconds that have passed. */
function durationSeconds(startMs: number | null, endMs: number | null): number | null {
  return startMs === null || endMs === null ? null : Math.trunc((endMs - startMs) / 1000);
}

function isoTime(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}
