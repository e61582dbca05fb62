import { quoteIdentifier } from '../identifier.ts';
import { notEmulated } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import { Cursor } from '../syntax/cursor.ts';
import { type Node, textOf } from '../syntax/node.ts';
import { duckType } from '../types/sql-type.ts';
import { parseType } from '../types/type-parser.ts';

export interface ColumnDefinition {
  name: string;
  /** DuckDB text of the definition. */
  sql: string;
  comment: string | null;
}

/** Reads `name type [NOT NULL] [DEFAULT value] [COMMENT text]`. */
export function readColumn(nodes: readonly Node[], run: StatementRun): ColumnDefinition {
  const cursor = new Cursor(nodes);
  const name = cursor.expectIdentifier();
  let sql = `${quoteIdentifier(name)} ${duckType(parseType(cursor))}`;
  let comment: string | null = null;
  while (!cursor.atEnd) {
    if (cursor.accept('NOT', 'NULL')) sql += ' NOT NULL';
    else if (cursor.accept('COMMENT')) comment = cursor.expectString();
    else if (cursor.accept('PRIMARY', 'KEY')) continue;
    else if (cursor.accept('DEFAULT')) {
      sql += ` DEFAULT (${run.translation.expression(cursor.until('COMMENT', 'NOT'))})`;
    } else throw notEmulated(`${textOf(cursor.peek())} in a column definition`);
  }
  return { name, sql, comment };
}
