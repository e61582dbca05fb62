import { schemaNotFound, tableNotFound } from '../error-translation.ts';
import { quoteString } from '../identifier.ts';
import type { SqlResult } from '../result.ts';
import { notEmulated } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { textOf } from '../syntax/node.ts';
import { detailsOf } from './alter-table.ts';
import { schemaName } from './namespace.ts';

/** `SHOW CATALOGS | SCHEMAS | TABLES | COLUMNS | TBLPROPERTIES ..` */
export async function show(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  if (cursor.accept('CATALOGS')) {
    return run.query(
      `SELECT name AS catalog FROM __emulator.catalogs${like(cursor, 'name', 'WHERE')} ORDER BY 1`,
    );
  }
  if (cursor.accept('SCHEMAS') || cursor.accept('DATABASES')) return schemas(cursor, run);
  if (cursor.accept('TABLES')) return tables(cursor, run);
  if (cursor.accept('COLUMNS')) {
    inOrFrom(cursor);
    const names = await run.columns(run.table(cursor));
    cursor.expectEnd();
    return {
      columns: [{ name: 'col_name', type: 'STRING' }],
      rows: names.map((name) => [name]),
      affectedRows: null,
    };
  }
  if (cursor.accept('TBLPROPERTIES')) {
    const table = run.table(cursor);
    cursor.expectEnd();
    if (!(await run.tableExists(table))) throw tableNotFound(table);
    return run.query(
      `SELECT e.key AS key, e.value AS value FROM (
         SELECT unnest(map_entries(properties)) AS e FROM __emulator.table_details WHERE ${detailsOf(table)}) ORDER BY 1`,
    );
  }
  throw notEmulated(`SHOW ${textOf(cursor.peek())}`);
}

async function schemas(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const catalog = inOrFrom(cursor) ? cursor.expectIdentifier() : run.session.catalog;
  return run.query(
    `SELECT name AS databaseName FROM __emulator.schemas WHERE catalog = ${quoteString(catalog.toLowerCase())}${like(cursor, 'name', 'AND')} ORDER BY 1`,
  );
}

async function tables(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const name = inOrFrom(cursor) ? schemaName(cursor, run) : run.session;
  if (!(await run.schemaExists(name))) throw schemaNotFound([name.catalog, name.schema]);
  return run.query(
    `SELECT table_schema AS database, table_name AS tableName, false AS isTemporary
     FROM __emulator.information_schema_tables
     WHERE table_catalog = ${quoteString(name.catalog)} AND table_schema = ${quoteString(name.schema)}${like(cursor, 'table_name', 'AND')}
     ORDER BY 2`,
  );
}

function inOrFrom(cursor: Cursor): boolean {
  return cursor.accept('IN') || cursor.accept('FROM');
}

/** `[LIKE] 'a*|b'`: a star stands for any text, a bar for "or". */
function like(cursor: Cursor, column: string, conjunction: string): string {
  if (cursor.atEnd) return '';
  cursor.accept('LIKE');
  const pattern = cursor
    .expectString()
    .replace(/[.+?^${}()[\]\\]/g, '\\$&')
    .replaceAll('*', '.*');
  cursor.expectEnd();
  return ` ${conjunction} regexp_full_match(${column}, ${quoteString(`(?i)${pattern}`)})`;
}
