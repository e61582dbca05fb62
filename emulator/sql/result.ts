/** A column of a result. */
export interface SqlColumn {
  name: string;
  /** Databricks type name, upper case: STRING, INT, BIGINT, DOUBLE, DATE, TIMESTAMP, BOOLEAN, DECIMAL(p,s), ARRAY<..>, .. */
  type: string;
}

/**
 * What a statement answers. Values: text for STRING, DATE (`YYYY-MM-DD`), TIMESTAMP (`YYYY-MM-DD HH:MM:SS[.ffffff]`,
 * UTC), DECIMAL and BINARY (hex); numbers (a bigint above 2^53); booleans; JSON text for arrays, maps and structs.
 */
export interface SqlResult {
  columns: SqlColumn[];
  rows: unknown[][];
  /** Rows that a DML statement changed, null for everything else. */
  affectedRows: number | null;
}

/** A statement that has nothing to show. */
export const NO_RESULT: SqlResult = { columns: [], rows: [], affectedRows: null };

/** The single row with which a warehouse answers DML. */
export function affected(counts: Record<string, number>): SqlResult {
  return {
    columns: Object.keys(counts).map((name) => ({ name, type: 'BIGINT' })),
    rows: [Object.values(counts)],
    affectedRows: counts.num_affected_rows ?? null,
  };
}

/** Rows made here rather than read from a table; every column is a STRING. */
export function listing(names: readonly string[], rows: readonly (string | null)[][]): SqlResult {
  return {
    columns: names.map((name) => ({ name, type: 'STRING' })),
    rows: rows.map((row) => [...row]),
    affectedRows: null,
  };
}
