import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { type StoredRequest, StoredRequestSchema } from './backfill-request.ts';
import { jsonOf } from './json-column.ts';
import { queryRows } from './query-rows.ts';
import {
  STORED_BACKFILL_COLUMNS,
  type StoredBackfill,
  StoredBackfillSchema,
  storedBackfillOf,
} from './stored-backfill.ts';
import type { TableNames } from './table-names.ts';

/** States of a row of `backfills` that its backfill may still leave. */
const UNFINISHED_STATES = ['planning', 'running', 'paused', 'cancelling'] as const;

/** A row of `backfills` that has not ended, with all that making the backfill anew takes. */
export interface UnfinishedBackfill extends StoredBackfill {
  readonly state: (typeof UNFINISHED_STATES)[number];
  readonly request: StoredRequest;
}

/** A row that has not ended and whose `request` does not say what its plan was. */
export interface UnreadableBackfill {
  readonly id: string;
  /** Which field of the request is missing or wrong. */
  readonly problem: string;
}

const RowSchema = StoredBackfillSchema.extend({ state: z.enum(UNFINISHED_STATES) });

/**
 * Every backfill that the table knows and that has not ended, oldest first.
 * @throws BackfillError `tables_missing`, `warehouse_*`, `statement_failed`
 */
export async function readUnfinishedBackfills(
  warehouse: Warehouse,
  names: TableNames,
): Promise<{ backfills: UnfinishedBackfill[]; unreadable: UnreadableBackfill[] }> {
  const states = UNFINISHED_STATES.map((state) => `'${state}'`).join(', ');
  const sql = `
SELECT ${STORED_BACKFILL_COLUMNS}
FROM ${names.backfills}
WHERE state IN (${states})
ORDER BY backfill_id`.trim();
  const backfills: UnfinishedBackfill[] = [];
  const unreadable: UnreadableBackfill[] = [];
  for (const row of await queryRows(warehouse, RowSchema, sql)) {
    const request = StoredRequestSchema.safeParse(jsonOf(row.request));
    if (!request.success) {
      const [issue] = request.error.issues;
      const problem = `request.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`;
      unreadable.push({ id: row.backfill_id, problem });
      continue;
    }
    backfills.push({ ...storedBackfillOf(row), state: row.state, request: request.data });
  }
  return { backfills, unreadable };
}
