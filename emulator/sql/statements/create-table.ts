import { schemaNotFound } from '../error-translation.ts';
import { quoteIdentifier, quoteString } from '../identifier.ts';
import { affected, NO_RESULT, type SqlResult } from '../result.ts';
import { notEmulated, SqlError, syntaxError } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import { Cursor } from '../syntax/cursor.ts';
import { isParens, isWord, type Node, splitAtCommas, textOf } from '../syntax/node.ts';
import type { TableName } from '../table-name.ts';
import { duckSchema } from '../table-name.ts';
import { readColumn } from './column-definition.ts';

/** The clauses between the columns and AS. */
interface Layout {
  comment: string | null;
  partitionColumns: string[];
  clusteringColumns: string[];
  properties: [string, string][];
}

/** `CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name [(columns)] [clauses] [AS query]` */
export async function createTable(cursor: Cursor, run: StatementRun, replaces: boolean): Promise<SqlResult> {
  const tolerates = cursor.accept('IF', 'NOT', 'EXISTS');
  const table = run.table(cursor);
  const group = cursor.acceptParens();
  const definitions = group !== null ? splitAtCommas(group.children) : null;
  const layout = readLayout(cursor);
  const query = cursor.accept('AS') ? cursor.rest() : null;
  cursor.expectEnd();
  if (definitions === null && query === null) throw notEmulated('CREATE TABLE without columns');
  return run.transaction(async () => {
    if (!(await run.schemaExists(table))) throw schemaNotFound([table.catalog, table.schema]);
    if (await run.tableExists(table)) {
      if (tolerates) return NO_RESULT;
      if (!replaces) throw alreadyExists(table);
    }
    return query === null
      ? await createEmpty(run, table, definitions ?? [], layout)
      : await createAs(run, table, query, layout);
  });
}

async function createEmpty(
  run: StatementRun,
  table: TableName,
  parts: Node[][],
  layout: Layout,
): Promise<SqlResult> {
  const columns = parts
    .filter((part) => !isWord(part[0], 'CONSTRAINT', 'PRIMARY', 'FOREIGN'))
    .map((part) => readColumn(part, run));
  await run.execute(
    `CREATE OR REPLACE TABLE ${table.sql} (${columns.map((column) => column.sql).join(', ')})`,
  );
  for (const { name, comment } of columns) {
    if (comment !== null) {
      await run.execute(`COMMENT ON COLUMN ${table.sql}.${quoteIdentifier(name)} IS ${quoteString(comment)}`);
    }
  }
  await saveLayout(run, table, layout);
  return NO_RESULT;
}

/** The query may read the table that it replaces, so its rows are made first. */
async function createAs(
  run: StatementRun,
  table: TableName,
  query: readonly Node[],
  layout: Layout,
): Promise<SqlResult> {
  const sql = run.translation.query(isParens(query[0]) && query.length === 1 ? query[0].children : query);
  const { rows } = await run.query(`DESCRIBE ${sql}`);
  const columns = rows.map(([name, type]) => {
    const quoted = quoteIdentifier(String(name));
    const stored = STORED_AS[String(type)];
    return stored === undefined ? quoted : `CAST(${quoted} AS ${stored}) AS ${quoted}`;
  });
  await run.execute(`CREATE OR REPLACE TEMP TABLE __new AS SELECT ${columns.join(', ')} FROM (${sql})`);
  await run.execute(`CREATE OR REPLACE TABLE ${table.sql} AS SELECT * FROM temp.__new`);
  const count = Number((await run.query('SELECT count(*) FROM temp.__new')).rows[0]?.[0]);
  await run.execute('DROP TABLE temp.__new');
  await saveLayout(run, table, layout);
  return affected({ num_affected_rows: count, num_inserted_rows: count });
}

/** DuckDB types that no Databricks column has. */
const STORED_AS: Record<string, string> = {
  HUGEINT: 'BIGINT',
  UBIGINT: 'BIGINT',
  UINTEGER: 'BIGINT',
  '"NULL"': 'VARCHAR',
  JSON: 'VARCHAR',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
};

function readLayout(cursor: Cursor): Layout {
  const layout: Layout = { comment: null, partitionColumns: [], clusteringColumns: [], properties: [] };
  while (!cursor.atEnd && !cursor.sees('AS')) {
    if (cursor.accept('USING')) {
      const format = cursor.expectIdentifier();
      if (format.toUpperCase() !== 'DELTA') throw notEmulated(`USING ${format}`);
    } else if (cursor.accept('PARTITIONED', 'BY')) layout.partitionColumns = names(cursor);
    else if (cursor.accept('CLUSTER', 'BY'))
      layout.clusteringColumns = cursor.accept('AUTO') ? [] : names(cursor);
    else if (cursor.accept('COMMENT')) layout.comment = cursor.expectString();
    else if (cursor.accept('TBLPROPERTIES') || cursor.accept('OPTIONS'))
      layout.properties = readProperties(cursor);
    else throw notEmulated(`CREATE TABLE .. ${textOf(cursor.peek())}`);
  }
  if (layout.partitionColumns.length > 0 && layout.clusteringColumns.length > 0) {
    throw new SqlError(
      'SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED',
      '42908',
      'Cannot specify both CLUSTER BY and PARTITIONED BY.',
    );
  }
  return layout;
}

function names(cursor: Cursor): string[] {
  return splitAtCommas(cursor.expectParens().children).map((part) => new Cursor(part).expectIdentifier());
}

/** `('key' = 'value', key.two = true)` */
export function readProperties(cursor: Cursor): [string, string][] {
  return splitAtCommas(cursor.expectParens().children).map((part) => {
    const at = part.findIndex((node) => textOf(node) === '=');
    if (at === -1) throw syntaxError(textOf(part[0]), "Expected 'key' = 'value'.");
    const text = (nodes: readonly Node[]) =>
      nodes.map((node) => (node.kind === 'string' ? node.value : textOf(node))).join('');
    return [text(part.slice(0, at)), text(part.slice(at + 1))];
  });
}

async function saveLayout(run: StatementRun, table: TableName, layout: Layout): Promise<void> {
  const list = (values: readonly string[]) => `[${values.map(quoteString).join(', ')}]::VARCHAR[]`;
  const properties = layout.properties
    .map(([key, value]) => `${quoteString(key)}: ${quoteString(value)}`)
    .join(', ');
  await run.execute(
    `INSERT OR REPLACE INTO __emulator.table_details VALUES (${quoteString(duckSchema(table))}, ${quoteString(table.table)},
     ${layout.comment === null ? 'NULL' : quoteString(layout.comment)}, ${list(layout.partitionColumns)},
     ${list(layout.clusteringColumns)}, MAP {${properties}}, dbx_current_timestamp())`,
  );
}

function alreadyExists(table: TableName): SqlError {
  return new SqlError(
    'TABLE_OR_VIEW_ALREADY_EXISTS',
    '42P07',
    `Cannot create table or view ${table.display} because it already exists. ` +
      'Choose a different name, drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.',
  );
}
