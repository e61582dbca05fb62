import { quoteIdentifier } from '../identifier.ts';
import { notEmulated } from '../sql-error.ts';

export interface Field {
  name: string;
  type: SqlType;
}

/** A Databricks type. */
export type SqlType =
  | { kind: 'primitive'; name: PrimitiveName }
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'array'; element: SqlType }
  | { kind: 'map'; key: SqlType; value: SqlType }
  | { kind: 'struct'; fields: Field[] };

/** Databricks' name of each primitive type, and DuckDB's. TIMESTAMP is UTC here, as on a warehouse by default. */
export const PRIMITIVES = {
  STRING: 'VARCHAR',
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'TINYINT',
  SMALLINT: 'SMALLINT',
  INT: 'INTEGER',
  BIGINT: 'BIGINT',
  FLOAT: 'FLOAT',
  DOUBLE: 'DOUBLE',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMP_NTZ: 'TIMESTAMP_US',
  BINARY: 'BLOB',
} as const;

export type PrimitiveName = keyof typeof PRIMITIVES;

/** The type as DuckDB writes it. */
export function duckType(type: SqlType): string {
  switch (type.kind) {
    case 'primitive':
      return PRIMITIVES[type.name];
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'array':
      return `${duckType(type.element)}[]`;
    case 'map':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdentifier(field.name)} ${duckType(field.type)}`).join(', ')})`;
  }
}

/** The type as Databricks prints it, upper case. */
export function databricksType(type: SqlType): string {
  switch (type.kind) {
    case 'primitive':
      return type.name;
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'array':
      return `ARRAY<${databricksType(type.element)}>`;
    case 'map':
      return `MAP<${databricksType(type.key)}, ${databricksType(type.value)}>`;
    case 'struct':
      return `STRUCT<${type.fields.map((field) => `${field.name}: ${databricksType(field.type)}`).join(', ')}>`;
  }
}

/** The value that DuckDB's json_transform takes for this type; timestamps are read with their zone first. */
export function jsonStructure(type: SqlType): unknown {
  switch (type.kind) {
    case 'primitive':
      return type.name === 'TIMESTAMP' ? 'TIMESTAMP WITH TIME ZONE' : PRIMITIVES[type.name];
    case 'decimal':
      return duckType(type);
    case 'array':
      return [jsonStructure(type.element)];
    case 'map':
      throw notEmulated('from_json to a MAP');
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, jsonStructure(field.type)]));
  }
}
