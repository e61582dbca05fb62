import { sourceText } from '../expression/source-text.ts';
import { quoteIdentifier } from '../identifier.ts';
import { affected, type SqlResult } from '../result.ts';
import { notEmulated, SqlError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isParens, isWord, type Node, splitAtCommas } from '../syntax/node.ts';
import type { TableName } from '../table-name.ts';

/** `INSERT INTO t [(columns)] [REPLACE WHERE condition] query`, `INSERT OVERWRITE t [(columns)] query` */
export async function insert(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  const overwrites = cursor.accept('OVERWRITE');
  if (!overwrites) cursor.expect('INTO');
  cursor.accept('TABLE');
  const table = run.table(cursor);
  if (cursor.sees('PARTITION')) throw notEmulated('INSERT .. PARTITION');
  if (cursor.sees('BY', 'NAME')) throw notEmulated('INSERT .. BY NAME');
  const columns = readColumns(cursor);
  if (cursor.sees('REPLACE', 'USING') || cursor.sees('REPLACE', 'ON'))
    throw notEmulated('INSERT .. REPLACE USING or ON');
  const replaced = cursor.accept('REPLACE', 'WHERE')
    ? cursor.until('SELECT', 'WITH', 'VALUES', 'FROM', 'TABLE')
    : null;
  const source = splitQuery(replaced, cursor.rest());
  const query = run.translation.query(source.query);
  return run.write(table, async () => {
    const into = `INSERT INTO ${table.sql}${columns === null ? '' : ` (${columns.join(', ')})`}`;
    if (source.predicate === null && !overwrites) {
      const inserted = await run.execute(`${into} ${query}`);
      return affected({ num_affected_rows: inserted, num_inserted_rows: inserted });
    }
    return replace(run, table, columns, source.predicate, query);
  });
}

/**
 * The new rows are made before the old ones go, so a query may read the table that it writes.
 * Every new row must satisfy the condition, else DELTA_REPLACE_WHERE_MISMATCH.
 */
async function replace(
  run: StatementRun,
  table: TableName,
  columns: string[] | null,
  predicate: readonly Node[] | null,
  query: string,
): Promise<SqlResult> {
  await run.execute(`CREATE OR REPLACE TEMP TABLE __new AS SELECT * FROM ${table.sql} LIMIT 0`);
  const inserted = await run.execute(
    `INSERT INTO temp.__new${columns === null ? '' : ` (${columns.join(', ')})`} ${query}`,
  );
  const condition = predicate === null ? 'TRUE' : run.translation.expression(predicate);
  if (
    await run.exists(
      `SELECT 1 FROM temp.__new AS ${quoteIdentifier(table.table)} WHERE (${condition}) IS NOT TRUE`,
    )
  ) {
    throw new SqlError(
      'DELTA_REPLACE_WHERE_MISMATCH',
      '44000',
      `Written data does not conform to partial table overwrite condition or constraint '${sourceText(predicate ?? [])}'.`,
    );
  }
  await run.execute(`DELETE FROM ${table.sql} WHERE ${condition}`);
  await run.execute(`INSERT INTO ${table.sql} SELECT * FROM temp.__new`);
  await run.execute('DROP TABLE temp.__new');
  return affected({ num_affected_rows: inserted, num_inserted_rows: inserted });
}

function readColumns(cursor: Cursor): string[] | null {
  const group = cursor.peek();
  if (!isParens(group) || isWord(group.children[0], 'SELECT', 'WITH', 'VALUES', 'FROM')) return null;
  cursor.next();
  return splitAtCommas(group.children).map((part) => quoteIdentifier(new Cursor(part).expectIdentifier()));
}

/** `REPLACE WHERE a = 1 (SELECT ..)`: a query in brackets ends the condition too. */
function splitQuery(predicate: Node[] | null, rest: Node[]): { predicate: Node[] | null; query: Node[] } {
  const last = predicate?.at(-1);
  if (
    predicate !== null &&
    rest.length === 0 &&
    isParens(last) &&
    isWord(last.children[0], 'SELECT', 'WITH', 'VALUES')
  ) {
    return { predicate: predicate.slice(0, -1), query: last.children };
  }
  const [only] = rest;
  if (rest.length === 1 && isParens(only)) return { predicate, query: only.children };
  return { predicate, query: rest };
}
