import { quoteString } from '../identifier.ts';
import { notEmulated } from '../sql-error.ts';
import type { TableName } from '../table-name.ts';

const VIEWS = new Set(['tables', 'columns', 'schemata', 'catalogs']);

/** A DuckDB subquery in place of `catalog.information_schema.x`; that of `system` shows every catalog. */
export function informationSchemaView(name: TableName): string {
  if (!VIEWS.has(name.table)) throw notEmulated(`information_schema.${name.table}`);
  const column = name.table === 'tables' || name.table === 'columns' ? 'table_catalog' : 'catalog_name';
  const where = name.catalog === 'system' ? '' : ` WHERE ${column} = ${quoteString(name.catalog)}`;
  return `(SELECT * FROM __emulator.information_schema_${name.table}${where})`;
}
