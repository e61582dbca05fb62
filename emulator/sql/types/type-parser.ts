import { notEmulated, SqlError, syntaxError } from '../sql-error.ts';
import { Cursor } from '../syntax/cursor.ts';
import { nest, textOf } from '../syntax/node.ts';
import { tokenize } from '../syntax/tokenizer.ts';
import { type Field, PRIMITIVES, type PrimitiveName, type SqlType } from './sql-type.ts';

const ALIASES: Record<string, PrimitiveName> = {
  BYTE: 'TINYINT',
  SHORT: 'SMALLINT',
  INTEGER: 'INT',
  LONG: 'BIGINT',
  REAL: 'FLOAT',
  TIMESTAMP_LTZ: 'TIMESTAMP',
};

/** Reads a type. Throws UNSUPPORTED_DATATYPE for a name that is none. */
export function parseType(cursor: Cursor): SqlType {
  const node = cursor.next();
  if (node.kind !== 'word') throw syntaxError(textOf(node), 'Expected a type.');
  const name = node.value.toUpperCase();
  switch (name) {
    case 'DECIMAL':
    case 'DEC':
    case 'NUMERIC':
      return parseDecimal(cursor);
    case 'ARRAY': {
      cursor.expectOp('<');
      const element = parseType(cursor);
      closeAngle(cursor);
      return { kind: 'array', element };
    }
    case 'MAP': {
      cursor.expectOp('<');
      const key = parseType(cursor);
      cursor.expectOp(',');
      const value = parseType(cursor);
      closeAngle(cursor);
      return { kind: 'map', key, value };
    }
    case 'STRUCT': {
      if (cursor.acceptOp('<>')) return { kind: 'struct', fields: [] };
      cursor.expectOp('<');
      const fields = parseFields(cursor);
      closeAngle(cursor);
      return { kind: 'struct', fields };
    }
    case 'CHAR':
    case 'VARCHAR':
      cursor.expectParens();
      return { kind: 'primitive', name: 'STRING' };
    case 'VARIANT':
    case 'INTERVAL':
    case 'GEOGRAPHY':
    case 'GEOMETRY':
      throw notEmulated(`the type ${name}`);
    default:
      return { kind: 'primitive', name: primitive(name) };
  }
}

/** Reads a schema string such as from_json takes: a type, or the columns of a struct (`a INT, b STRING`). */
export function parseSchemaText(text: string): SqlType {
  const nodes = nest(tokenize(text));
  const [first, second] = nodes;
  const columns =
    nodes.length > 1 && first !== undefined && (second?.kind === 'word' || textOf(second) === ':');
  const cursor = new Cursor(nodes);
  const type: SqlType = columns ? { kind: 'struct', fields: parseFields(cursor) } : parseType(cursor);
  cursor.expectEnd();
  return type;
}

function parseFields(cursor: Cursor): Field[] {
  const fields: Field[] = [];
  do {
    const name = cursor.expectIdentifier();
    cursor.acceptOp(':');
    const type = parseType(cursor);
    cursor.accept('NOT', 'NULL');
    if (cursor.accept('COMMENT')) cursor.expectString();
    fields.push({ name, type });
  } while (cursor.acceptOp(','));
  return fields;
}

function parseDecimal(cursor: Cursor): SqlType {
  const group = cursor.peek();
  if (group?.kind !== 'group' || group.open !== '(') return { kind: 'decimal', precision: 10, scale: 0 };
  cursor.next();
  const [precision, , scale] = group.children.map((node) => Number(textOf(node)));
  return { kind: 'decimal', precision: precision ?? 10, scale: scale ?? 0 };
}

function closeAngle(cursor: Cursor): void {
  cursor.expectOp('>');
}

function primitive(name: string): PrimitiveName {
  const known = ALIASES[name] ?? name;
  if (known in PRIMITIVES) return known as PrimitiveName;
  throw new SqlError('UNSUPPORTED_DATATYPE', '0A000', `Unsupported data type "${name}".`);
}
