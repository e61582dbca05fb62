import { type DBSQLSession, thrift } from '@databricks/sql';

export type SqlOperation = Awaited<ReturnType<DBSQLSession['executeStatement']>>;

type Row = Record<string, unknown>;

/**
 * All rows of a finished statement. Depending on the wire format the driver gives dates and timestamps
 * as text or as JavaScript Dates; here they are always text, `YYYY-MM-DD` and ISO 8601.
 */
export async function rowsOf(operation: SqlOperation): Promise<Row[]> {
  const rows = (await operation.fetchAll()).map((row): Row => ({ ...row }));
  const hasInstants = rows.some((row) => Object.values(row).some((value) => value instanceof Date));
  if (!hasInstants) return rows;
  const dateColumns = await dateColumnsOf(operation);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, asText(value, dateColumns.has(name))]),
    ),
  );
}

async function dateColumnsOf(operation: SqlOperation): Promise<Set<string>> {
  const columns = (await operation.getSchema())?.columns ?? [];
  const { DATE_TYPE } = thrift.TCLIService_types.TTypeId;
  const dates = columns.filter((column) => column.typeDesc.types[0]?.primitiveEntry?.type === DATE_TYPE);
  return new Set(dates.map((column) => column.columnName));
}

function asText(value: unknown, isDate: boolean): unknown {
  if (!(value instanceof Date)) return value;
  return isDate ? value.toISOString().slice(0, 10) : value.toISOString();
}
