import { schemaNotFound } from '../error-translation.ts';
import { backquote, quoteIdentifier, quoteString } from '../identifier.ts';
import { NO_RESULT, type SqlResult } from '../result.ts';
import { SqlError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { duckSchema, type Namespace } from '../table-name.ts';

/** `USE [CATALOG | SCHEMA | DATABASE] name` */
export async function use(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  if (cursor.accept('CATALOG')) {
    const catalog = cursor.expectIdentifier().toLowerCase();
    cursor.expectEnd();
    await enter(run, { catalog, schema: 'default' });
    return NO_RESULT;
  }
  if (!cursor.accept('SCHEMA')) cursor.accept('DATABASE');
  const name = schemaName(cursor, run);
  cursor.expectEnd();
  await enter(run, name);
  return NO_RESULT;
}

/** Makes a namespace the session's own. Throws NO_SUCH_CATALOG_EXCEPTION or SCHEMA_NOT_FOUND. */
export async function enter(run: StatementRun, name: Namespace): Promise<void> {
  if (!(await run.catalogExists(name.catalog))) throw catalogNotFound(name.catalog);
  if (!(await run.schemaExists(name))) throw schemaNotFound([name.catalog, name.schema]);
  run.session.catalog = name.catalog.toLowerCase();
  run.session.schema = name.schema.toLowerCase();
}

/** `CREATE CATALOG [IF NOT EXISTS] name [COMMENT text] ..` */
export async function createCatalog(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const tolerates = cursor.accept('IF', 'NOT', 'EXISTS');
  const catalog = cursor.expectIdentifier().toLowerCase();
  const comment = comments(cursor);
  return run.transaction(async () => {
    if (await run.catalogExists(catalog)) {
      if (tolerates) return NO_RESULT;
      throw new SqlError(
        'CATALOG_ALREADY_EXISTS',
        '42710',
        `Cannot create catalog ${backquote([catalog])} because it already exists.`,
      );
    }
    await run.execute(`INSERT INTO __emulator.catalogs VALUES (${quoteString(catalog)}, ${comment})`);
    await addSchema(run, { catalog, schema: 'default' }, 'NULL');
    return NO_RESULT;
  });
}

/** `CREATE SCHEMA [IF NOT EXISTS] name [COMMENT text] ..` */
export async function createSchema(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const tolerates = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = schemaName(cursor, run);
  const comment = comments(cursor);
  return run.transaction(async () => {
    if (!(await run.catalogExists(name.catalog))) throw catalogNotFound(name.catalog);
    if (await run.schemaExists(name)) {
      if (tolerates) return NO_RESULT;
      throw new SqlError(
        'SCHEMA_ALREADY_EXISTS',
        '42P06',
        `Cannot create schema ${backquote([name.catalog, name.schema])} because it already exists.`,
      );
    }
    await addSchema(run, name, comment);
    return NO_RESULT;
  });
}

/** `DROP SCHEMA [IF EXISTS] name [RESTRICT | CASCADE]` */
export async function dropSchema(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const tolerates = cursor.accept('IF', 'EXISTS');
  const name = schemaName(cursor, run);
  const cascades = cursor.accept('CASCADE');
  cursor.accept('RESTRICT');
  cursor.expectEnd();
  return run.transaction(async () => {
    if (!(await run.schemaExists(name))) {
      if (tolerates) return NO_RESULT;
      throw schemaNotFound([name.catalog, name.schema]);
    }
    if (
      !cascades &&
      (await run.exists(`SELECT 1 FROM duckdb_tables() WHERE schema_name = ${quoteString(duckSchema(name))}`))
    ) {
      throw new SqlError(
        'SCHEMA_NOT_EMPTY',
        '2BP01',
        `Cannot drop a schema ${backquote([name.schema])} because it contains objects. Use DROP SCHEMA ... CASCADE to drop the schema and all its objects.`,
      );
    }
    await run.execute(`DROP SCHEMA IF EXISTS ${quoteIdentifier(duckSchema(name))} CASCADE`);
    await run.execute(
      `DELETE FROM __emulator.table_details WHERE duck_schema = ${quoteString(duckSchema(name))}`,
    );
    await run.execute(
      `DELETE FROM __emulator.schemas WHERE catalog = ${quoteString(name.catalog)} AND name = ${quoteString(name.schema)}`,
    );
    return NO_RESULT;
  });
}

/** Reads `schema` or `catalog.schema`. */
export function schemaName(cursor: Cursor, run: StatementRun): Namespace {
  const [schema = '', catalog = run.session.catalog] = cursor.expectName().toReversed();
  return { catalog: catalog.toLowerCase(), schema: schema.toLowerCase() };
}

async function addSchema(run: StatementRun, name: Namespace, comment: string): Promise<void> {
  await run.execute(`CREATE SCHEMA ${quoteIdentifier(duckSchema(name))}`);
  await run.execute(
    `INSERT INTO __emulator.schemas VALUES (${quoteString(name.catalog)}, ${quoteString(name.schema)}, ${comment})`,
  );
}

/** `COMMENT 'text'`; where the data lies does not matter here. */
function comments(cursor: Cursor): string {
  let comment = 'NULL';
  for (;;) {
    if (cursor.accept('COMMENT')) comment = quoteString(cursor.expectString());
    else if (cursor.accept('MANAGED', 'LOCATION') || cursor.accept('LOCATION')) cursor.expectString();
    else if (cursor.accept('WITH', 'DBPROPERTIES')) cursor.expectParens();
    else break;
  }
  cursor.expectEnd();
  return comment;
}

function catalogNotFound(catalog: string): SqlError {
  return new SqlError(
    'NO_SUCH_CATALOG_EXCEPTION',
    '42704',
    `Catalog '${catalog}' was not found. Please verify the catalog name and then retry the query or command again.`,
  );
}
