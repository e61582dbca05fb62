import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

const RowSchema = z.object({ backfill_id: z.string(), request: z.string().nullable() });

/** Run parameters in a request as it was asked; none where it does not say any. */
export const AskedParametersSchema = z
  .object({ parameters: z.record(z.string(), z.string()) })
  .transform(({ parameters }) => parameters)
  .catch({});

/** The run parameters that each of these backfills was asked with; one that the table lacks is not in the map. */
export async function readAskedParameters(
  warehouse: Warehouse,
  names: TableNames,
  ids: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  if (ids.length === 0) return new Map();
  const sql = `
SELECT backfill_id, request FROM ${names.backfills}
WHERE backfill_id IN (
  SELECT backfill_id FROM (SELECT inline(from_json(:ids, 'array<struct<backfill_id:string>>')))
)`.trim();
  const sought = JSON.stringify(ids.map((backfill_id) => ({ backfill_id })));
  const rows = await queryRows(warehouse, RowSchema, sql, { ids: sought });
  return new Map(rows.map(({ backfill_id, request }) => [backfill_id, parametersIn(request)]));
}

function parametersIn(request: string | null): Record<string, string> {
  try {
    const { asked } = z.object({ asked: z.unknown() }).parse(JSON.parse(request ?? '{}'));
    return AskedParametersSchema.parse(asked);
  } catch {
    return {};
  }
}
