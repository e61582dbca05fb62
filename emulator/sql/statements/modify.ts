import { quoteIdentifier } from '../identifier.ts';
import { affected, NO_RESULT, type SqlResult } from '../result.ts';
import type { StatementRun } from '../statement-run.ts';
import type { Cursor } from '../syntax/cursor.ts';
import type { TableName } from '../table-name.ts';
import { rewriteAssignments } from './assignment.ts';

/** `DELETE FROM t [AS a] [WHERE condition]` */
export async function deleteRows(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  cursor.expect('FROM');
  const table = run.table(cursor);
  const target = aliased(table, readAlias(cursor, 'WHERE'));
  const where = readWhere(cursor, run);
  return run.write(table, async () =>
    affected({ num_affected_rows: await run.execute(`DELETE FROM ${target}${where}`) }),
  );
}

/** `UPDATE t [AS a] SET column = value, .. [WHERE condition]` */
export async function update(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const table = run.table(cursor);
  const target = aliased(table, readAlias(cursor, 'SET'));
  cursor.expect('SET');
  const assignments = rewriteAssignments(cursor.until('WHERE'), run.translation);
  const where = readWhere(cursor, run);
  return run.write(table, async () =>
    affected({ num_affected_rows: await run.execute(`UPDATE ${target} SET ${assignments}${where}`) }),
  );
}

/** `TRUNCATE TABLE t` */
export async function truncate(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  cursor.expect('TABLE');
  const table = run.table(cursor);
  cursor.expectEnd();
  return run.write(table, async () => {
    await run.execute(`DELETE FROM ${table.sql}`);
    return NO_RESULT;
  });
}

/** An alias of a target table, unless the next clause begins. */
export function readAlias(cursor: Cursor, ...clauses: string[]): string | null {
  if (cursor.accept('AS')) return cursor.expectIdentifier();
  const node = cursor.peek();
  if (node === undefined || clauses.some((clause) => cursor.sees(clause))) return null;
  return cursor.expectIdentifier();
}

function aliased(table: TableName, alias: string | null): string {
  return alias === null ? table.sql : `${table.sql} AS ${quoteIdentifier(alias)}`;
}

function readWhere(cursor: Cursor, run: StatementRun): string {
  if (!cursor.accept('WHERE')) {
    cursor.expectEnd();
    return '';
  }
  return ` WHERE ${run.translation.expression(cursor.rest())}`;
}
