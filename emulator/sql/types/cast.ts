import { duckType, type SqlType } from './sql-type.ts';

/** DuckDB text that casts as Databricks does: numbers are cut and not rounded, offsets in timestamps count. */
export function castTo(operand: string, type: SqlType, options: { tries: boolean }): string {
  const plain = `${options.tries ? 'TRY_CAST' : 'CAST'}(${operand} AS ${duckType(type)})`;
  if (type.kind !== 'primitive' || operand === 'NULL') return plain;
  const macro = options.tries ? 'dbx_try_' : 'dbx_';
  switch (type.name) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return `${options.tries ? 'TRY_CAST' : 'CAST'}(${macro}to_bigint(${operand}) AS ${duckType(type)})`;
    case 'TIMESTAMP':
      return `${macro}to_timestamp(${operand})`;
    default:
      return plain;
  }
}
