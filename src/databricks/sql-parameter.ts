import { DBSQLParameter, DBSQLParameterType } from '@databricks/sql';

/**
 * A value bound to a named parameter (`:name`), never part of the text. A date is `YYYY-MM-DD`, a
 * timestamp ISO 8601 with its zone; neither is a JavaScript Date, which the time zone of the machine
 * would shift.
 */
export type SqlParameter =
  | string
  | number
  | boolean
  | bigint
  | null
  | { date: string }
  | { timestamp: string };

export function boundParameters(
  parameters: Readonly<Record<string, SqlParameter>>,
): Record<string, DBSQLParameter> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, bound(value)]));
}

function bound(value: SqlParameter): DBSQLParameter {
  if (value === null || typeof value !== 'object') return new DBSQLParameter({ value });
  if ('date' in value) return new DBSQLParameter({ type: DBSQLParameterType.DATE, value: value.date });
  return new DBSQLParameter({ type: DBSQLParameterType.TIMESTAMP, value: value.timestamp });
}
