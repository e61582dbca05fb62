import {
  DuckDBArrayValue,
  type DuckDBDecimalType,
  type DuckDBListType,
  DuckDBListValue,
  type DuckDBMapType,
  DuckDBMapValue,
  type DuckDBResult,
  type DuckDBStructType,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { SqlResult } from './result.ts';

const NAMES: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'TINYINT',
  [DuckDBTypeId.SMALLINT]: 'SMALLINT',
  [DuckDBTypeId.INTEGER]: 'INT',
  [DuckDBTypeId.BIGINT]: 'BIGINT',
  [DuckDBTypeId.UINTEGER]: 'BIGINT',
  [DuckDBTypeId.UBIGINT]: 'BIGINT',
  // sum() of integers is a BIGINT in Databricks
  [DuckDBTypeId.HUGEINT]: 'BIGINT',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'DOUBLE',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIMESTAMP]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.BLOB]: 'BINARY',
  [DuckDBTypeId.SQLNULL]: 'VOID',
};

/** Reads a whole DuckDB result into the emulator's shape. */
export async function readDuckResult(result: DuckDBResult): Promise<SqlResult> {
  const types = result.columnTypes();
  const names = result.columnNames();
  const rows = await result.getRows();
  return {
    columns: names.map((name, i) => ({ name, type: typeName(types[i]) })),
    rows: rows.map((row) => row.map((value, i) => plain(value, types[i]))),
    affectedRows: null,
  };
}

/** A DuckDB type by its Databricks name. */
function typeName(type: DuckDBType | undefined): string {
  if (type === undefined) return 'STRING';
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const decimal = type as DuckDBDecimalType;
      return `DECIMAL(${decimal.width},${decimal.scale})`;
    }
    case DuckDBTypeId.LIST:
      return `ARRAY<${typeName((type as DuckDBListType).valueType)}>`;
    case DuckDBTypeId.MAP:
      return `MAP<${typeName((type as DuckDBMapType).keyType)}, ${typeName((type as DuckDBMapType).valueType)}>`;
    case DuckDBTypeId.STRUCT: {
      const struct = type as DuckDBStructType;
      return `STRUCT<${struct.entryNames.map((name, i) => `${name}: ${typeName(struct.entryTypes[i])}`).join(', ')}>`;
    }
    default:
      return NAMES[type.typeId] ?? 'STRING';
  }
}

function plain(value: DuckDBValue, type: DuckDBType | undefined): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (isNested(value)) return JSON.stringify(jsonValue(value));
  return type?.typeId === DuckDBTypeId.TIMESTAMP_TZ ? String(value).replace(/\+00$/, '') : String(value);
}

function isNested(value: DuckDBValue): boolean {
  return (
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBMapValue ||
    value instanceof DuckDBStructValue
  );
}

/** Arrays, maps and structs reach the client as JSON text. */
function jsonValue(value: DuckDBValue): unknown {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return value.items.map(jsonValue);
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(
      value.entries.map((entry) => [String(jsonValue(entry.key)), jsonValue(entry.value)]),
    );
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, jsonValue(entry)]));
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
