import type { Warehouse } from '../databricks/warehouse.ts';
import { type BackfillRow, ENDED_STATES } from './backfill-row.ts';
import type { TableNames } from './table-names.ts';

/**
 * Writes rows of `backfills` with one MERGE on backfill_id. A row whose state is terminal never changes.
 * Of several rows for one backfill in the same call the last one counts, a terminal one before any other.
 *
 * @throws BackfillError `warehouse_unavailable`, `statement_conflict` (send it again) or `statement_failed`.
 */
export async function upsertBackfillRows(
  warehouse: Warehouse,
  names: TableNames,
  rows: readonly BackfillRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const batch = JSON.stringify(foldBackfillRows(rows).map(backfillColumns));
  await warehouse.execute(mergeStatement(names), { rows: batch }, { idempotent: true });
}

function foldBackfillRows(rows: readonly BackfillRow[]): BackfillRow[] {
  const folded = new Map<string, BackfillRow>();
  for (const row of rows) {
    const before = folded.get(row.backfillId);
    if (before === undefined) folded.set(row.backfillId, row);
    else if (!isEnded(before)) folded.set(row.backfillId, { ...row, request: row.request ?? before.request });
  }
  return [...folded.values()];
}

function isEnded(row: BackfillRow): boolean {
  return ENDED_STATES.some((state) => state === row.state);
}

function backfillColumns(row: BackfillRow): Record<string, string | null> {
  return {
    backfill_id: row.backfillId,
    job_name: row.jobName,
    job_id: row.jobId,
    request: row.request === null ? null : JSON.stringify(row.request),
    created_by: row.createdBy,
    created_at: row.createdAt,
    state: row.state,
    finished_at: row.finishedAt,
  };
}

function mergeStatement(names: TableNames): string {
  return `
MERGE INTO ${names.backfills} AS target
USING (
  SELECT backfill_id, job_name, job_id, request, created_by, CAST(created_at AS TIMESTAMP) AS created_at,
    state, CAST(finished_at AS TIMESTAMP) AS finished_at
  FROM (SELECT inline(from_json(:rows, 'array<struct<backfill_id:string,job_name:string,job_id:string,request:string,created_by:string,created_at:string,state:string,finished_at:string>>')))
) AS source
ON target.backfill_id = source.backfill_id
WHEN MATCHED AND target.state NOT IN (${ENDED_STATES.map((state) => `'${state}'`).join(', ')}) THEN UPDATE SET
  request = coalesce(source.request, target.request),
  state = source.state,
  finished_at = source.finished_at
WHEN NOT MATCHED THEN INSERT (backfill_id, job_name, job_id, request, created_by, created_at, state, finished_at)
VALUES (source.backfill_id, source.job_name, source.job_id, source.request, source.created_by, source.created_at,
  source.state, source.finished_at)`.trim();
}
