import type { Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { isMissingCatalog, readTableColumns } from './table-columns.ts';
import { type ColumnDefinition, columnClause, TABLE_COLUMNS } from './table-definition.ts';
import { TABLE_NAMES, type TableName, type TableNames } from './table-names.ts';

/** `source_data` is the demo's or somebody's own: nothing of ours needs it or its columns. */
const NEEDED_TABLES = TABLE_NAMES.filter((table) => table !== 'source_data');

/**
 * Adds to `backfill_log` the columns that an older one lacks; its rows stay as they are. A change of
 * columns makes every concurrent write fail, so run it before any worker writes.
 *
 * @returns the names of the columns that were added.
 */
export async function migrateBackfillLog(warehouse: Warehouse, names: TableNames): Promise<string[]> {
  const missing = await missingLogColumns(warehouse, names);
  if (missing.length === 0) return [];
  try {
    await warehouse.execute(
      `ALTER TABLE ${names.backfillLog} ADD COLUMNS (${missing.map(columnClause).join(', ')})`,
    );
  } catch (failure) {
    // The grammar has no IF NOT EXISTS: another setup may have added them in between.
    if ((await missingLogColumns(warehouse, names)).length > 0) throw failure;
    return [];
  }
  return missing.map((column) => column.name);
}

/**
 * Checks that our tables are there with the columns that this version writes; for the start of a worker.
 *
 * @throws BackfillError `tables_missing` or `tables_outdated`, which say to run `backfill setup`.
 */
export async function assertTablesReady(warehouse: Warehouse, names: TableNames): Promise<void> {
  const columns = await readTableColumns(warehouse, names).catch((failure: unknown) => {
    throw isMissingCatalog(failure) ? tablesMissing(names, NEEDED_TABLES, [], failure) : failure;
  });
  const missing = NEEDED_TABLES.filter((table) => !columns.has(table));
  const present = NEEDED_TABLES.filter((table) => columns.has(table));
  const outdated = present.flatMap((table) =>
    lacking(table, columns.get(table)).map((column) => `${table}.${column.name}`),
  );
  if (missing.length > 0) throw tablesMissing(names, missing, outdated);
  if (outdated.length > 0) throw tablesOutdated(names, outdated);
}

/**
 * Refuses a `backfill_log` of an older version, such as notebooks have made: the change of its columns must
 * meet no worker. Tables that are not there yet are no reason.
 *
 * @throws BackfillError `tables_outdated`
 */
export async function refuseOlderLog(warehouse: Warehouse, names: TableNames): Promise<void> {
  const present = (await readTableColumns(warehouse, names)).get('backfill_log');
  const missing = present === undefined ? [] : lacking('backfill_log', present);
  if (missing.length > 0)
    throw tablesOutdated(
      names,
      missing.map(({ name }) => `backfill_log.${name}`),
    );
}

async function missingLogColumns(warehouse: Warehouse, names: TableNames): Promise<ColumnDefinition[]> {
  const columns = await readTableColumns(warehouse, names);
  return lacking('backfill_log', columns.get('backfill_log'));
}

function lacking(table: TableName, present: ReadonlySet<string> = new Set()): ColumnDefinition[] {
  return TABLE_COLUMNS[table].filter((column) => !present.has(column.name));
}

function tablesOutdated(names: TableNames, columns: readonly string[]): BackfillError {
  return new BackfillError(
    'tables_outdated',
    `The tables in ${names.catalog}.${names.schema} are of an older version and lack ${columns.join(', ')}. Stop the workers and run \`backfill setup\`.`,
    { details: { columns } },
  );
}

/** Both at once, since one setup adds both. */
function tablesMissing(
  names: TableNames,
  tables: readonly string[],
  columns: readonly string[],
  cause?: unknown,
): BackfillError {
  const older =
    columns.length === 0 ? '' : ` What it has is of an older version and lacks ${columns.join(', ')}.`;
  return new BackfillError(
    'tables_missing',
    `${names.catalog}.${names.schema} lacks ${tables.join(', ')}.${older} Run \`backfill setup\`, or set the catalog and schema that hold the tables.`,
    { cause, details: { catalog: names.catalog, schema: names.schema, tables, columns } },
  );
}
