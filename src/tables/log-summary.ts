import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { conditionsOf, type LogFilter, whereClause } from './log-filter.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

const SummarySchema = z.object({
  status: z.string(),
  count: CountSchema,
  earliest_date: z.string().nullable(),
  latest_date: z.string().nullable(),
});

/** Rows of one status: how many, and the first and last position_date among them. */
export type LogSummary = z.infer<typeof SummarySchema>;

/** Counts of `backfill_log` by status, SKIPPED included, in the order of the status names. */
export async function readLogSummary(
  warehouse: Warehouse,
  names: TableNames,
  filter: LogFilter = {},
): Promise<LogSummary[]> {
  const { clauses, parameters } = conditionsOf(filter);
  const sql = `
SELECT status, count(*) AS count,
  CAST(min(position_date) AS STRING) AS earliest_date, CAST(max(position_date) AS STRING) AS latest_date
FROM ${names.backfillLog}
${whereClause(clauses)}
GROUP BY status
ORDER BY status`.trim();
  return queryRows(warehouse, SummarySchema, sql, parameters);
}
