import { quoteIdentifier } from '../identifier.ts';
import { affected, type SqlResult } from '../result.ts';
import { notEmulated, SqlError, syntaxError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isOp, isParens, isWord, type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import { rewriteAssignments } from './assignment.ts';
import { readAlias } from './modify.ts';

interface MergeClause {
  /** DuckDB text. */
  sql: string;
  /** On WHEN MATCHED: the extra condition as DuckDB text, null without one. */
  condition: string | null;
  matched: boolean;
}

/** `MERGE INTO t [AS a] USING source [AS s] ON condition WHEN .. THEN ..` */
export async function merge(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  cursor.expect('INTO');
  const table = run.table(cursor);
  const alias = quoteIdentifier(readAlias(cursor, 'USING') ?? table.table);
  cursor.expect('USING');
  const { sourceNodes, source } = readSource(cursor);
  cursor.expect('ON');
  const on = run.translation.expression(untilOutsideCase(cursor, 'WHEN'));
  const sourceSql = run.translation.query(sourceNodes);
  const clauses: MergeClause[] = [];
  while (cursor.accept('WHEN')) clauses.push(readClause(cursor, run));
  cursor.expectEnd();
  return run.write(table, async () => {
    await run.execute(`CREATE OR REPLACE TEMP TABLE __source AS ${sourceSql}`);
    const from = `temp.__source AS ${quoteIdentifier(source)}`;
    await refuseDuplicates(run, `${table.sql} AS ${alias} JOIN ${from} ON ${on}`, alias, clauses);
    const { rows } = await run.query(
      `MERGE INTO ${table.sql} AS ${alias} USING ${from} ON ${on} ${clauses.map((clause) => clause.sql).join(' ')} RETURNING merge_action`,
    );
    await run.execute('DROP TABLE temp.__source');
    const count = (action: string) => rows.filter(([found]) => found === action).length;
    const [updated, deleted, inserted] = [count('UPDATE'), count('DELETE'), count('INSERT')];
    return affected({
      num_affected_rows: updated + deleted + inserted,
      num_updated_rows: updated,
      num_deleted_rows: deleted,
      num_inserted_rows: inserted,
    });
  });
}

/** Delta refuses a merge in which several source rows would change one target row; DuckDB lets the last win. */
async function refuseDuplicates(
  run: StatementRun,
  join: string,
  alias: string,
  clauses: MergeClause[],
): Promise<void> {
  const matched = clauses.filter((clause) => clause.matched);
  const [only] = matched;
  const onlyDeletes = matched.length === 1 && only?.condition === null && only.sql.endsWith('DELETE');
  if (matched.length === 0 || onlyDeletes) return;
  const conditions = matched.map((clause) => clause.condition ?? 'TRUE');
  const duplicates = `SELECT 1 FROM ${join} WHERE (${conditions.join(') OR (')}) GROUP BY ${alias}.rowid HAVING count(*) > 1`;
  if (await run.exists(duplicates)) {
    throw new SqlError(
      'DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE',
      '21506',
      'Cannot perform Merge as multiple source rows matched and attempted to modify the same target row in the Delta table in possibly conflicting ways.',
    );
  }
}

function readSource(cursor: Cursor): { sourceNodes: Node[]; source: string } {
  const node = cursor.peek();
  if (isParens(node)) {
    cursor.next();
    return { sourceNodes: node.children, source: readAlias(cursor, 'ON') ?? '__source' };
  }
  const taken: Node[] = [];
  do taken.push(cursor.next());
  while (isOp(taken.at(-1), '.') || isOp(cursor.peek(), '.'));
  const name = taken.at(-1);
  const alias = readAlias(cursor, 'ON');
  return {
    sourceNodes: [word('SELECT'), { ...word('*'), kind: 'op' }, word('FROM'), ...taken],
    source: alias ?? (name?.kind === 'word' || name?.kind === 'quoted' ? name.value : '__source'),
  };
}

function word(text: string): Extract<Node, { kind: 'word' | 'op' | 'quoted' | 'string' | 'number' }> {
  return { kind: 'word', text, value: text, start: 0, end: 0 };
}

function readClause(cursor: Cursor, run: StatementRun): MergeClause {
  const matched = !cursor.accept('NOT');
  cursor.expect('MATCHED');
  const bySource = !matched && cursor.accept('BY', 'SOURCE');
  if (!matched && !bySource) cursor.accept('BY', 'TARGET');
  const condition = cursor.accept('AND')
    ? run.translation.expression(untilOutsideCase(cursor, 'THEN'))
    : null;
  cursor.expect('THEN');
  const head = `WHEN ${matched ? '' : 'NOT '}MATCHED${bySource ? ' BY SOURCE' : ''}${condition === null ? '' : ` AND (${condition})`} THEN `;
  return { sql: head + readAction(cursor, run), condition, matched };
}

/** Takes nodes up to a word that stands outside CASE .. END. */
function untilOutsideCase(cursor: Cursor, end: string): Node[] {
  const taken: Node[] = [];
  let cases = 0;
  while (!cursor.atEnd && !(cases === 0 && cursor.sees(end))) {
    const node = cursor.next();
    if (isWord(node, 'CASE')) cases += 1;
    if (isWord(node, 'END')) cases -= 1;
    taken.push(node);
  }
  return taken;
}

function readAction(cursor: Cursor, run: StatementRun): string {
  if (cursor.accept('DELETE')) return 'DELETE';
  if (cursor.accept('UPDATE')) {
    cursor.expect('SET');
    if (cursor.acceptOp('*')) return 'UPDATE SET *';
    return `UPDATE SET ${rewriteAssignments(untilOutsideCase(cursor, 'WHEN'), run.translation)}`;
  }
  cursor.expect('INSERT');
  if (cursor.acceptOp('*')) return 'INSERT *';
  const columns = splitAtCommas(cursor.expectParens().children).map((part) =>
    quoteIdentifier(new Cursor(part).expectName().at(-1) ?? ''),
  );
  cursor.expect('VALUES');
  const values = cursor.expectParens();
  if (values.children.length === 0) throw syntaxError(textOf(values));
  if (cursor.sees('EXCEPT')) throw notEmulated('INSERT * EXCEPT');
  return `INSERT (${columns.join(', ')}) VALUES (${run.translation.expression(values.children)})`;
}
