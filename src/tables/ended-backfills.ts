import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { type StoredOutcome, type StoredRequest, StoredRequestSchema } from './backfill-request.ts';
import { ENDED_STATES } from './backfill-row.ts';
import { jsonOf } from './json-column.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import {
  STORED_BACKFILL_COLUMNS,
  type StoredBackfill,
  StoredBackfillSchema,
  storedBackfillOf,
} from './stored-backfill.ts';
import type { TableNames } from './table-names.ts';

/** A row of `backfills` that has ended, with all that showing the backfill takes. */
export interface EndedBackfill extends StoredBackfill {
  readonly finishedAtMs: number | null;
  readonly state: (typeof ENDED_STATES)[number];
  readonly request: StoredRequest & { readonly outcome: StoredOutcome };
}

const RequestSchema = StoredRequestSchema.required({ outcome: true });

const RowSchema = StoredBackfillSchema.extend({
  finished_millis: CountSchema.nullable(),
  state: z.enum(ENDED_STATES),
});

const ENDED = ENDED_STATES.map((state) => `'${state}'`).join(', ');

/**
 * The backfills of these ids that have ended; those that have not, and rows that do not say how they ended,
 * are left out.
 *
 * @param ids at most 200.
 * @throws BackfillError `tables_missing`, `warehouse_*`, `statement_failed`
 */
export async function readEndedBackfills(
  warehouse: Warehouse,
  names: TableNames,
  ids: readonly string[],
): Promise<Map<string, EndedBackfill>> {
  if (ids.length === 0) return new Map();
  const parameters = Object.fromEntries(ids.map((id, index) => [`id_${index}`, id]));
  const sql = `
SELECT ${STORED_BACKFILL_COLUMNS}, unix_millis(finished_at) AS finished_millis
FROM ${names.backfills}
WHERE state IN (${ENDED}) AND backfill_id IN (${Object.keys(parameters)
    .map((name) => `:${name}`)
    .join(', ')})`.trim();
  const rows = await queryRows(warehouse, RowSchema, sql, parameters);
  return new Map(
    rows.flatMap((row): [string, EndedBackfill][] => {
      const request = RequestSchema.safeParse(jsonOf(row.request));
      if (!request.success) return [];
      const backfill = {
        ...storedBackfillOf(row),
        finishedAtMs: row.finished_millis,
        state: row.state,
        request: request.data,
      };
      return [[row.backfill_id, backfill]];
    }),
  );
}

const IdSchema = z.object({ backfill_id: z.string(), created_millis: CountSchema });

/** Ids of all backfills that have ended, with the time at which each was made. */
export async function listEndedBackfills(
  warehouse: Warehouse,
  names: TableNames,
): Promise<{ id: string; createdAtMs: number }[]> {
  const sql = `
SELECT backfill_id, coalesce(unix_millis(created_at), 0) AS created_millis
FROM ${names.backfills}
WHERE state IN (${ENDED})`.trim();
  const rows = await queryRows(warehouse, IdSchema, sql);
  return rows.map((row) => ({ id: row.backfill_id, createdAtMs: row.created_millis }));
}
