import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { queryRows } from './query-rows.ts';
import { isMissingCatalog } from './table-columns.ts';
import type { TableNames } from './table-names.ts';

/** What there was to do for a catalog or a schema. */
export type Creation = 'existed' | 'created';

/**
 * Makes the schema, and its catalog, where they are missing. It looks before it creates, and tries the
 * catalog last, because `CREATE ... IF NOT EXISTS` needs the privilege even where there is nothing to do.
 *
 * @throws BackfillError `statement_failed` if something is missing and we may not create it.
 */
export async function createSchema(
  warehouse: Warehouse,
  names: TableNames,
): Promise<{ catalog: Creation; schema: Creation }> {
  if (await hasSchema(warehouse, names)) return { catalog: 'existed', schema: 'existed' };
  const makeSchema = (): Promise<void> =>
    warehouse.execute(`CREATE SCHEMA IF NOT EXISTS ${names.quotedSchema}`, {}, { idempotent: true });
  try {
    await makeSchema();
    return { catalog: 'existed', schema: 'created' };
  } catch (failure) {
    if (!isMissingCatalog(failure)) throw failure;
  }
  try {
    const makeCatalog = `CREATE CATALOG IF NOT EXISTS ${names.quotedCatalog}`;
    await warehouse.execute(makeCatalog, {}, { idempotent: true });
    await makeSchema();
    return { catalog: 'created', schema: 'created' };
  } catch (failure) {
    throw failure instanceof BackfillError && failure.code === 'statement_failed'
      ? notCreated(names, failure)
      : failure;
  }
}

async function hasSchema(warehouse: Warehouse, names: TableNames): Promise<boolean> {
  try {
    const schemas = await queryRows(
      warehouse,
      z.object({ schema_name: z.string() }),
      `SELECT schema_name FROM ${names.informationSchema('schemata')} WHERE lower(catalog_name) = lower(:catalog) AND lower(schema_name) = lower(:schema)`,
      { catalog: names.catalog, schema: names.schema },
    );
    return schemas.length > 0;
  } catch (failure) {
    if (isMissingCatalog(failure)) return false;
    throw failure;
  }
}

function notCreated(names: TableNames, cause: BackfillError): BackfillError {
  return new BackfillError(
    'statement_failed',
    `The schema ${names.catalog}.${names.schema} is missing and could not be created: ${cause.message} Ask an administrator to create it, or configure another catalog and schema.`,
    { cause, details: { ...cause.details, catalog: names.catalog, schema: names.schema } },
  );
}
