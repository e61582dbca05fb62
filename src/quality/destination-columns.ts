import { z } from 'zod';
import type { QueryOptions, Warehouse } from '../databricks/warehouse.ts';

const ColumnSchema = z.object({ col_name: z.string(), data_type: z.string().nullable() });

/** Columns of a table with their types, both in lower case. */
export async function readColumns(
  warehouse: Warehouse,
  table: string,
  options: QueryOptions = {},
): Promise<Record<string, string>> {
  const rows = z.array(ColumnSchema).parse(await warehouse.query(`DESCRIBE TABLE ${table}`, {}, options));
  // Details of the partitions follow the columns, after a blank or a heading.
  const end = rows.findIndex(({ col_name }) => col_name === '' || col_name.startsWith('#'));
  return columnsOf(
    rows
      .slice(0, end === -1 ? rows.length : end)
      .map(({ col_name, data_type }) => [col_name, data_type ?? '']),
  );
}

/** How columns differ from what they should be, in words; null when they do not. */
export function differenceOfColumns(
  expected: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string | null {
  const wanted = columnsOf(Object.entries(expected));
  const differences = [
    ...Object.entries(wanted).flatMap(([name, type]) => {
      if (found[name] === undefined) return [`${name} ${type} is missing`];
      return found[name] === type ? [] : [`${name} is ${found[name]} instead of ${type}`];
    }),
    ...Object.entries(found).flatMap(([name, type]) =>
      wanted[name] === undefined ? [`${name} ${type} is new`] : [],
    ),
  ];
  return differences.length === 0 ? null : differences.join(', ');
}

function columnsOf(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(([name, type]) => [name.toLowerCase(), type.toLowerCase().replace(/\s+/g, '')]),
  );
}
