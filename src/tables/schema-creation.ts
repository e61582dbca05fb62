import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { queryRows } from './query-rows.ts';
import { isMissingCatalog } from './table-columns.ts';
import type { TableNames } from './table-names.ts';

/** What there was to do for a catalog or a schema. */
export type Creation = 'existed' | 'created';

/**
 * Makes the catalog and the schema where they are missing. It looks before it creates, because
 * `CREATE CATALOG IF NOT EXISTS` needs the privilege to create even where there is nothing to do.
 *
 * @throws BackfillError `statement_failed` if one is missing and we may not create it.
 */
export async function createSchema(
  warehouse: Warehouse,
  names: TableNames,
): Promise<{ catalog: Creation; schema: Creation }> {
  const found = await findSchema(warehouse, names);
  if (found === 'schema') return { catalog: 'existed', schema: 'existed' };
  if (found === 'nothing') {
    await create(warehouse, `CREATE CATALOG IF NOT EXISTS ${names.quotedCatalog}`, 'catalog', names.catalog);
  }
  await create(
    warehouse,
    `CREATE SCHEMA IF NOT EXISTS ${names.quotedSchema}`,
    'schema',
    `${names.catalog}.${names.schema}`,
  );
  return { catalog: found === 'nothing' ? 'created' : 'existed', schema: 'created' };
}

async function findSchema(
  warehouse: Warehouse,
  names: TableNames,
): Promise<'schema' | 'catalog' | 'nothing'> {
  try {
    const schemas = await queryRows(
      warehouse,
      z.object({ schema_name: z.string() }),
      `SELECT schema_name FROM ${names.informationSchema('schemata')} WHERE lower(catalog_name) = lower(:catalog) AND lower(schema_name) = lower(:schema)`,
      { catalog: names.catalog, schema: names.schema },
    );
    return schemas.length > 0 ? 'schema' : 'catalog';
  } catch (failure) {
    if (isMissingCatalog(failure)) return 'nothing';
    throw failure;
  }
}

async function create(warehouse: Warehouse, statement: string, what: string, name: string): Promise<void> {
  try {
    await warehouse.execute(statement, {}, { idempotent: true });
  } catch (failure) {
    if (!(failure instanceof BackfillError) || failure.code !== 'statement_failed') throw failure;
    throw new BackfillError(
      'statement_failed',
      `The ${what} ${name} is missing and could not be created: ${failure.message} Ask an administrator to create it, or configure another one.`,
      { cause: failure, details: { ...failure.details, [what]: name } },
    );
  }
}
