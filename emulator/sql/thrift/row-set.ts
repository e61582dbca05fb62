import ttypes from '@databricks/sql/thrift/TCLIService_types.js';
import { Int64 } from 'thrift';
import type { SqlColumn, SqlResult } from '../result.ts';

const { TTypeId } = ttypes;
const TYPE_IDS: Record<string, number> = {
  BOOLEAN: TTypeId.BOOLEAN_TYPE,
  TINYINT: TTypeId.TINYINT_TYPE,
  SMALLINT: TTypeId.SMALLINT_TYPE,
  INT: TTypeId.INT_TYPE,
  BIGINT: TTypeId.BIGINT_TYPE,
  FLOAT: TTypeId.FLOAT_TYPE,
  DOUBLE: TTypeId.DOUBLE_TYPE,
  DATE: TTypeId.DATE_TYPE,
  TIMESTAMP: TTypeId.TIMESTAMP_TYPE,
  DECIMAL: TTypeId.DECIMAL_TYPE,
  ARRAY: TTypeId.ARRAY_TYPE,
  MAP: TTypeId.MAP_TYPE,
  STRUCT: TTypeId.STRUCT_TYPE,
};

/** The schema of a result; positions count from 1. */
export function tableSchema(columns: readonly SqlColumn[]): ttypes.TTableSchema {
  return new ttypes.TTableSchema({
    columns: columns.map(
      ({ name, type }, i) =>
        new ttypes.TColumnDesc({
          columnName: name,
          position: i + 1,
          typeDesc: new ttypes.TTypeDesc({
            types: [
              new ttypes.TTypeEntry({
                primitiveEntry: new ttypes.TPrimitiveTypeEntry({ type: typeId(type), ...qualifiers(type) }),
              }),
            ],
          }),
        }),
    ),
  });
}

/** Some rows of a result, column by column. */
export function rowSet(result: SqlResult, from: number, to: number): ttypes.TRowSet {
  const rows = result.rows.slice(from, to);
  return new ttypes.TRowSet({
    startRowOffset: new Int64(from),
    rows: [],
    columns: result.columns.map(({ type }, i) =>
      column(
        type,
        rows.map((row) => row[i] ?? null),
      ),
    ),
  });
}

function typeId(type: string): number {
  return TYPE_IDS[/^\w+/.exec(type)?.[0] ?? ''] ?? TTypeId.STRING_TYPE;
}

function qualifiers(type: string): { typeQualifiers?: ttypes.TTypeQualifiers } {
  const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision === undefined || scale === undefined) return {};
  const value = (text: string) => new ttypes.TTypeQualifierValue({ i32Value: Number(text) });
  return {
    typeQualifiers: new ttypes.TTypeQualifiers({
      qualifiers: { precision: value(precision), scale: value(scale) },
    }),
  };
}

function column(type: string, values: readonly unknown[]): ttypes.TColumn {
  const nulls = nullBitmap(values);
  const filled = <T>(otherwise: T) => values.map((value) => (value === null ? otherwise : (value as T)));
  switch (type) {
    case 'BOOLEAN':
      return new ttypes.TColumn({ boolVal: new ttypes.TBoolColumn({ values: filled(false), nulls }) });
    case 'TINYINT':
      return new ttypes.TColumn({ byteVal: new ttypes.TByteColumn({ values: filled(0), nulls }) });
    case 'SMALLINT':
      return new ttypes.TColumn({ i16Val: new ttypes.TI16Column({ values: filled(0), nulls }) });
    case 'INT':
      return new ttypes.TColumn({ i32Val: new ttypes.TI32Column({ values: filled(0), nulls }) });
    case 'BIGINT':
      return new ttypes.TColumn({
        i64Val: new ttypes.TI64Column({ values: filled<number | bigint>(0).map(int64), nulls }),
      });
    case 'FLOAT':
    case 'DOUBLE':
      return new ttypes.TColumn({ doubleVal: new ttypes.TDoubleColumn({ values: filled(0), nulls }) });
    default:
      return new ttypes.TColumn({
        stringVal: new ttypes.TStringColumn({
          values: values.map((value) => (value === null ? '' : String(value))),
          nulls,
        }),
      });
  }
}

/** One bit a row, least significant first. */
function nullBitmap(values: readonly unknown[]): Buffer {
  const bitmap = Buffer.alloc(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value === null) bitmap.writeUInt8(bitmap.readUInt8(i >> 3) | (1 << (i & 7)), i >> 3);
  });
  return bitmap;
}

function int64(value: number | bigint): Int64 {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return new Int64(buffer);
}
