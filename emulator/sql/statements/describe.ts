import { tableNotFound } from '../error-translation.ts';
import { quoteString } from '../identifier.ts';
import { listing, type SqlResult } from '../result.ts';
import { notEmulated } from '../sql-error.ts';
import type { StatementRun } from '../statement-run.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { textOf } from '../syntax/node.ts';
import type { TableName } from '../table-name.ts';
import { detailsOf } from './alter-table.ts';

/** `DESCRIBE [TABLE] [EXTENDED] t` */
export async function describe(cursor: Cursor, run: StatementRun): Promise<SqlResult> {
  for (const word of ['HISTORY', 'DETAIL', 'QUERY', 'FUNCTION', 'SCHEMA', 'DATABASE', 'CATALOG']) {
    if (cursor.sees(word) && cursor.peek(1)?.kind === 'word') throw notEmulated(`DESCRIBE ${word}`);
  }
  cursor.accept('TABLE');
  const extended = cursor.accept('EXTENDED') || cursor.accept('FORMATTED');
  const table = run.table(cursor);
  if (!cursor.atEnd) throw notEmulated(`DESCRIBE .. ${textOf(cursor.peek())}`);
  const columns = await readColumns(run, table);
  const details = (
    await run.query(
      `SELECT array_to_string(partition_columns, ','), comment, CAST(created_at AS VARCHAR),
         array_to_string(list_transform(map_entries(properties), lambda e: e.key || '=' || e.value), ',')
       FROM __emulator.table_details WHERE ${detailsOf(table)}`,
    )
  ).rows[0]?.map((value) => (value === null ? '' : String(value)));
  const [partitions = '', comment = '', created = '', properties = ''] = details ?? [];
  const rows = [...columns];
  if (partitions !== '') {
    rows.push(['# Partition Information', '', ''], ['# col_name', 'data_type', 'comment']);
    rows.push(...columns.filter(([name]) => partitions.split(',').includes(name ?? '')));
  }
  if (extended) {
    rows.push(
      ['', '', ''],
      ['# Detailed Table Information', '', ''],
      ['Catalog', table.catalog, ''],
      ['Database', table.schema, ''],
      ['Table', table.table, ''],
      ['Created Time', created, ''],
      ['Type', 'MANAGED', ''],
      ...(comment === '' ? [] : [['Comment', comment, '']]),
      ['Provider', 'delta', ''],
      ['Table Properties', `[${properties}]`, ''],
    );
  }
  return listing(['col_name', 'data_type', 'comment'], rows);
}

async function readColumns(run: StatementRun, table: TableName): Promise<(string | null)[][]> {
  const { rows } = await run.query(
    `SELECT column_name, full_data_type, comment FROM __emulator.information_schema_columns
     WHERE table_catalog = ${quoteString(table.catalog)} AND table_schema = ${quoteString(table.schema)}
       AND table_name = ${quoteString(table.table)} ORDER BY ordinal_position`,
  );
  if (rows.length === 0) throw tableNotFound(table);
  return rows.map((row) => row.map((value) => (value === null ? null : String(value))));
}
