import { backquote } from './identifier.ts';
import { SqlError, syntaxError } from './sql-error.ts';
import type { TableName } from './table-name.ts';
import type { Scope } from './translation.ts';

const OWN = /\[([A-Z][A-Z0-9_.]*)\] ([\s\S]*?) SQLSTATE: ([A-Z0-9]{5})/;

/** What Databricks would say for an error of DuckDB. */
export function translateError(error: unknown, scope: Scope): SqlError {
  if (error instanceof SqlError) return error;
  const text = String(error).replace(/^Error: /, '');
  const fail = (errorClass: string, sqlState: string, message: string) =>
    new SqlError(errorClass, sqlState, message, { cause: error });
  const own = OWN.exec(text);
  if (own !== null) return fail(own[1] ?? '', own[3] ?? '', own[2] ?? '');
  const missingTable = /Table with name "?(.+?)"? does not exist/.exec(text)?.[1];
  if (missingTable !== undefined) return tableNotFound(findTable(scope, missingTable) ?? [missingTable]);
  const missingSchema = /(?:Schema with name|Catalog) "?(?!Error)([^"\s]+)"? does not exist/.exec(text)?.[1];
  if (missingSchema !== undefined) {
    const table = scope.tables.find((one) => `${one.catalog}.${one.schema}` === missingSchema);
    return table === undefined ? schemaNotFound(missingSchema.split('.')) : tableNotFound(table);
  }
  const column =
    /Referenced column "(.+?)" (?:was )?not found/.exec(text)?.[1] ??
    /does not have a column named "(.+?)"/.exec(text)?.[1] ??
    /Referenced table "(.+?)" not found/.exec(text)?.[1] ??
    /Column with name (\S+) does not exist/.exec(text)?.[1] ??
    /Referenced update column (\S+) not found/.exec(text)?.[1];
  if (column !== undefined) return columnNotFound(column, text);
  const notNull = /NOT NULL constraint failed: \S*?([^.\s]+)$/.exec(text)?.[1];
  if (notNull !== undefined) {
    return fail(
      'DELTA_NOT_NULL_CONSTRAINT_VIOLATED',
      '23502',
      `NOT NULL constraint violated for column: ${notNull}.`,
    );
  }
  const [first = text] = text.split('\n');
  const detail = first.replace(/^[A-Za-z ]+ Error: /, '');
  if (text.startsWith('Parser Error')) {
    return syntaxError(
      /at or near "(.+?)"/.exec(text)?.[1] ?? '',
      'The emulator could not read the statement.',
    );
  }
  if (text.startsWith('Conversion Error')) {
    return fail(
      'CAST_INVALID_INPUT',
      '22018',
      `${detail}. Correct the value as per the syntax, or use \`try_cast\`.`,
    );
  }
  if (text.startsWith('INTERRUPT')) return fail('OPERATION_CANCELED', 'HY008', 'The operation was canceled.');
  if (/must appear in the GROUP BY clause/.test(text)) return fail('MISSING_AGGREGATION', '42803', detail);
  if (/^Out of Range/.test(text)) return fail('ARITHMETIC_OVERFLOW', '22003', detail);
  if (/columns but \d+ values were supplied/.test(text)) {
    return fail('INSERT_COLUMN_ARITY_MISMATCH', '21S01', detail);
  }
  if (text.startsWith('Binder Error')) return fail('DATATYPE_MISMATCH', '42K09', detail);
  return fail('INTERNAL_ERROR', 'XX000', detail);
}

/** No table or view of that name. */
export function tableNotFound(name: TableName | readonly string[]): SqlError {
  const display = 'display' in name ? name.display : backquote(name);
  return new SqlError(
    'TABLE_OR_VIEW_NOT_FOUND',
    '42P01',
    `The table or view ${display} cannot be found. Verify the spelling and correctness of the schema and catalog. ` +
      'To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS.',
  );
}

/** No schema of that name. */
export function schemaNotFound(parts: readonly string[]): SqlError {
  return new SqlError(
    'SCHEMA_NOT_FOUND',
    '42704',
    `The schema ${backquote(parts)} cannot be found. Verify the spelling and correctness of the schema and catalog.`,
  );
}

/** The name that an UNRESOLVED_COLUMN error is about, lower case, or null for another error. */
export function unresolvedName(error: SqlError): string | null {
  if (!error.errorClass.startsWith('UNRESOLVED_COLUMN')) return null;
  return /with name `(.+?)` cannot/.exec(error.message)?.[1]?.toLowerCase() ?? null;
}

function columnNotFound(name: string, text: string): SqlError {
  const candidates = [
    ...(/Candidate (?:bindings|tables): (.*)/.exec(text)?.[1] ?? '').matchAll(/"([^"]+)"/g),
  ];
  const suggestion = candidates.map((found) => backquote((found[1] ?? '').split('.'))).join(', ');
  const start = `A column, variable, or function parameter with name ${backquote([name])} cannot be resolved.`;
  return suggestion === ''
    ? new SqlError('UNRESOLVED_COLUMN.WITHOUT_SUGGESTION', '42703', start)
    : new SqlError(
        'UNRESOLVED_COLUMN.WITH_SUGGESTION',
        '42703',
        `${start} Did you mean one of the following? [${suggestion}].`,
      );
}

function findTable(scope: Scope, name: string): TableName | undefined {
  return scope.tables.find(
    ({ catalog, schema, table }) => name === table || name === `${catalog}.${schema}.${table}`,
  );
}
