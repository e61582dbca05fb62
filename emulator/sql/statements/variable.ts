import { backquote, quoteString } from '../identifier.ts';
import { NO_RESULT, type SqlResult } from '../result.ts';
import { notEmulated, SqlError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { isOp, isParens, type Node } from '../syntax/node.ts';
import { duckType } from '../types/sql-type.ts';
import { parseType } from '../types/type-parser.ts';

/** `DECLARE [OR REPLACE] [VARIABLE] name [type] [{ DEFAULT | = } value]` */
export async function declareVariable(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const replaces = cursor.accept('OR', 'REPLACE');
  cursor.accept('VARIABLE');
  const name = variableName(cursor);
  if (!replaces && run.session.variables.has(name)) {
    throw new SqlError(
      'VARIABLE_ALREADY_EXISTS',
      '42723',
      `Cannot create the variable ${backquote([name])} because it already exists.`,
    );
  }
  const hasType = !cursor.atEnd && !cursor.sees('DEFAULT') && cursor.peek()?.kind === 'word';
  const type = hasType ? duckType(parseType(cursor)) : null;
  const hasValue = cursor.accept('DEFAULT') || cursor.acceptOp('=');
  const value = hasValue ? run.translation.expression(cursor.rest()) : 'NULL';
  cursor.expectEnd();
  const [evaluated] = await evaluate(run, `SELECT ${type === null ? value : `CAST(${value} AS ${type})`}`);
  if (evaluated !== undefined) run.session.variables.set(name, evaluated);
  return NO_RESULT;
}

/** `SET VAR[IABLE] name = value, ..` or `SET VAR (a, b) = (query)`; any other SET is accepted and has no effect. */
export async function setVariable(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  if (!cursor.accept('VAR') && !cursor.accept('VARIABLE')) return NO_RESULT;
  if (isParens(cursor.peek())) throw notEmulated('SET VAR of several variables from a query');
  do {
    const name = variableName(cursor);
    cursor.expectOp('=');
    const declared = run.session.variables.get(name);
    if (declared === undefined) {
      throw new SqlError(
        'UNRESOLVED_VARIABLE',
        '42883',
        `Cannot resolve variable ${backquote([name])} on search path \`system\`.\`session\`.`,
      );
    }
    const nodes: Node[] = [];
    while (!cursor.atEnd && !isOp(cursor.peek(), ',')) nodes.push(cursor.next());
    const [evaluated] = await evaluate(
      run,
      `SELECT CAST(${run.translation.expression(nodes)} AS ${declared.type})`,
    );
    if (evaluated !== undefined) run.session.variables.set(name, evaluated);
  } while (cursor.acceptOp(','));
  return NO_RESULT;
}

/** `DROP TEMPORARY VARIABLE [IF EXISTS] name` */
export async function dropVariable(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  cursor.accept('IF', 'EXISTS');
  run.session.variables.delete(variableName(cursor));
  cursor.expectEnd();
  return NO_RESULT;
}

function variableName(cursor: Cursor): string {
  return (cursor.expectName().at(-1) ?? '').toLowerCase();
}

/** The value of a one-row query, as DuckDB text that stands for it in later statements. */
async function evaluate(run: StatementRun, query: string): Promise<{ type: string; sql: string }[]> {
  const { rows } = await run.query(`SELECT typeof(v), CAST(v AS VARCHAR) FROM (${query}) AS t(v)`);
  return rows.map(([type, text]) => {
    const duck = String(type) === '"NULL"' ? 'VARCHAR' : String(type);
    return {
      type: duck,
      sql: text === null ? `CAST(NULL AS ${duck})` : `CAST(${quoteString(String(text))} AS ${duck})`,
    };
  });
}
