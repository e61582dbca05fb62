import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { queryRows } from './query-rows.ts';
import { TABLE_NAMES, type TableName, type TableNames } from './table-names.ts';

const ColumnSchema = z.object({ table_name: z.string(), column_name: z.string() });

/** Column names of each of our tables that exists, in lower case as Unity Catalog keeps them. */
export async function readTableColumns(
  warehouse: Warehouse,
  names: TableNames,
): Promise<Map<TableName, Set<string>>> {
  const listed = TABLE_NAMES.map((table) => `'${table}'`).join(', ');
  const sql = `
SELECT lower(table_name) AS table_name, lower(column_name) AS column_name
FROM ${names.informationSchema('columns')}
WHERE lower(table_catalog) = lower(:catalog) AND lower(table_schema) = lower(:schema)
  AND lower(table_name) IN (${listed})`.trim();
  const columns = await queryRows(warehouse, ColumnSchema, sql, {
    catalog: names.catalog,
    schema: names.schema,
  });
  const byTable = new Map<TableName, Set<string>>();
  for (const { table_name, column_name } of columns) {
    const table = TABLE_NAMES.find((name) => name === table_name);
    if (table === undefined) continue;
    const known = byTable.get(table);
    if (known === undefined) byTable.set(table, new Set([column_name]));
    else known.add(column_name);
  }
  return byTable;
}

/**
 * Whether a query of an information schema failed because its catalog is not there: each catalog has its
 * own, so there is nothing to ask where there is none.
 */
export function isMissingCatalog(failure: unknown): boolean {
  if (!(failure instanceof BackfillError)) return false;
  return failure.code === 'tables_missing' || failure.code === 'statement_failed';
}
