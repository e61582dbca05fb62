import type { Warehouse } from '../databricks/warehouse.ts';
import { foldLogRows } from './log-fold.ts';
import { type LogRow, logColumns } from './log-row.ts';
import type { TableNames } from './table-names.ts';

/**
 * Writes rows of `backfill_log` with one MERGE on run_id and position_date. A terminal row never changes:
 * the same batch may come again after a lost answer, and a late STARTED does no harm. Values that the
 * batch leaves null keep what the table has. A batch of 10,000 rows is one statement.
 *
 * @throws BackfillError `warehouse_unavailable`, `statement_conflict` (send it again) or `statement_failed`.
 */
export async function upsertLogRows(
  warehouse: Warehouse,
  names: TableNames,
  rows: readonly LogRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const batch = JSON.stringify(foldLogRows(rows).map(logColumns));
  await warehouse.execute(mergeStatement(names), { rows: batch }, { idempotent: true });
}

/** Columns of the batch with the type each has in the table; JSON carries all but the attempt as text. */
const COLUMNS = {
  run_id: 'STRING',
  position_date: 'DATE',
  job_name: 'STRING',
  job_id: 'STRING',
  status: 'STRING',
  start_time: 'TIMESTAMP',
  end_time: 'TIMESTAMP',
  backfill_job_id: 'STRING',
  error_message: 'STRING',
  creator_user_name: 'STRING',
  run_page_url: 'STRING',
  retry_metadata: 'STRING',
  backfill_id: 'STRING',
  attempt: 'INT',
  position_end_date: 'DATE',
  quality: 'STRING',
} as const;
const COLUMN_NAMES = Object.keys(COLUMNS);
const KEY_COLUMNS = ['run_id', 'position_date'];

function mergeStatement(names: TableNames): string {
  const fields = Object.entries(COLUMNS).map(
    ([name, type]) => `${name}:${type === 'INT' ? 'int' : 'string'}`,
  );
  // The cast of a text that ends in Z is exact whatever the session's time zone is.
  const selected = Object.entries(COLUMNS).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
  const updated = COLUMN_NAMES.filter((name) => !KEY_COLUMNS.includes(name)).map(
    (name) => `${name} = coalesce(source.${name}, target.${name})`,
  );
  return `
MERGE INTO ${names.backfillLog} AS target
USING (
  SELECT ${selected.join(', ')}
  FROM (SELECT inline(from_json(:rows, 'array<struct<${fields.join(',')}>>')))
) AS source
ON target.run_id = source.run_id AND target.position_date = source.position_date
WHEN MATCHED AND target.status = 'STARTED' THEN UPDATE SET ${updated.join(', ')}
WHEN NOT MATCHED THEN INSERT (${COLUMN_NAMES.join(', ')})
VALUES (${COLUMN_NAMES.map((name) => `source.${name}`).join(', ')})`.trim();
}
