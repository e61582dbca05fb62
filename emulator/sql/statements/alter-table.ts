import { tableNotFound } from '../error-translation.ts';
import { backquote, quoteIdentifier, quoteString } from '../identifier.ts';
import { NO_RESULT, type SqlResult } from '../result.ts';
import { notEmulated, SqlError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import { duckSchema, TableName } from '../table-name.ts';
import { readColumn } from './column-definition.ts';
import { readProperties } from './create-table.ts';

/** `ALTER TABLE t ADD COLUMN[S] | DROP COLUMN[S] | RENAME [COLUMN] | SET TBLPROPERTIES | CLUSTER BY ..` */
export async function alterTable(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const table = run.table(cursor);
  await run.write(table, async () => {
    const columns = await run.columns(table);
    if (cursor.accept('ADD')) await addColumns(cursor, run, table, columns);
    else if (cursor.accept('DROP')) await dropColumns(cursor, run, table);
    else if (cursor.accept('RENAME', 'TO')) await rename(cursor, run, table);
    else if (cursor.accept('RENAME', 'COLUMN')) {
      const from = quoteIdentifier(cursor.expectIdentifier());
      cursor.expect('TO');
      await run.execute(
        `ALTER TABLE ${table.sql} RENAME COLUMN ${from} TO ${quoteIdentifier(cursor.expectIdentifier())}`,
      );
    } else if (cursor.accept('SET', 'TBLPROPERTIES')) await setProperties(cursor, run, table);
    else if (cursor.accept('CLUSTER', 'BY')) await setClustering(cursor, run, table);
    else throw notEmulated(`ALTER TABLE .. ${textOf(cursor.peek())}`);
    cursor.expectEnd();
  });
  return NO_RESULT;
}

/** `DROP TABLE [IF EXISTS] t`, also of a temporary view */
export async function dropTable(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const tolerates = cursor.accept('IF', 'EXISTS');
  const parts = cursor.expectName();
  cursor.expectEnd();
  if (parts.length === 1 && run.session.views.delete((parts[0] ?? '').toLowerCase())) return NO_RESULT;
  const table = TableName.resolve(parts, run.session);
  return run.write(table, async () => {
    if (!(await run.tableExists(table))) {
      if (tolerates) return NO_RESULT;
      throw tableNotFound(table);
    }
    await run.execute(`DROP TABLE ${table.sql}`);
    await run.execute(`DELETE FROM __emulator.table_details WHERE ${detailsOf(table)}`);
    return NO_RESULT;
  });
}

/** The condition that finds a table's row of details. */
export function detailsOf(table: TableName): string {
  return `duck_schema = ${quoteString(duckSchema(table))} AND name = ${quoteString(table.table)}`;
}

async function addColumns(
  cursor: Cursor,
  run: StatementRun,
  table: TableName,
  existing: string[],
): Promise<void> {
  if (!cursor.accept('COLUMNS')) cursor.expect('COLUMN');
  const group = cursor.acceptParens();
  const parts: Node[][] = group !== null ? splitAtCommas(group.children) : splitAtCommas(cursor.rest());
  const known = new Set(existing.map((name) => name.toLowerCase()));
  for (const part of parts) {
    const column = readColumn(part, run);
    if (known.has(column.name.toLowerCase())) throw columnExists(column.name, existing);
    known.add(column.name.toLowerCase());
    await run.execute(`ALTER TABLE ${table.sql} ADD COLUMN ${column.sql}`);
    if (column.comment !== null) {
      await run.execute(
        `COMMENT ON COLUMN ${table.sql}.${quoteIdentifier(column.name)} IS ${quoteString(column.comment)}`,
      );
    }
  }
}

async function dropColumns(cursor: Cursor, run: StatementRun, table: TableName): Promise<void> {
  if (!cursor.accept('COLUMNS')) cursor.expect('COLUMN');
  const tolerates = cursor.accept('IF', 'EXISTS') ? 'IF EXISTS ' : '';
  const group = cursor.acceptParens();
  const names =
    group !== null
      ? splitAtCommas(group.children).map((part) => textOf(part[0]).replaceAll('`', ''))
      : [cursor.expectIdentifier()];
  for (const name of names)
    await run.execute(`ALTER TABLE ${table.sql} DROP COLUMN ${tolerates}${quoteIdentifier(name)}`);
}

async function rename(cursor: Cursor, run: StatementRun, table: TableName): Promise<void> {
  const target = TableName.resolve(cursor.expectName(), table);
  if (duckSchema(target) !== duckSchema(table)) throw notEmulated('renaming a table into another schema');
  await run.execute(`ALTER TABLE ${table.sql} RENAME TO ${quoteIdentifier(target.table)}`);
  await run.execute(
    `UPDATE __emulator.table_details SET name = ${quoteString(target.table)} WHERE ${detailsOf(table)}`,
  );
}

async function setProperties(cursor: Cursor, run: StatementRun, table: TableName): Promise<void> {
  const added = readProperties(cursor).map(([key, value]) => `${quoteString(key)}: ${quoteString(value)}`);
  await run.execute(
    `UPDATE __emulator.table_details SET properties = map_concat(properties, MAP {${added.join(', ')}}) WHERE ${detailsOf(table)}`,
  );
}

async function setClustering(cursor: Cursor, run: StatementRun, table: TableName): Promise<void> {
  const names =
    cursor.accept('NONE') || cursor.accept('AUTO')
      ? []
      : splitAtCommas(cursor.expectParens().children).map((part) => textOf(part[0]).replaceAll('`', ''));
  await run.execute(
    `UPDATE __emulator.table_details SET clustering_columns = [${names.map(quoteString).join(', ')}]::VARCHAR[] WHERE ${detailsOf(table)}`,
  );
}

function columnExists(name: string, existing: readonly string[]): SqlError {
  return new SqlError(
    'FIELDS_ALREADY_EXISTS',
    '42710',
    `Cannot add column, because ${backquote([name])} already exists in "STRUCT<${existing.join(', ')}>".`,
  );
}
