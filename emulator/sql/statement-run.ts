import type { DuckDBConnection } from '@duckdb/node-api';
import { readDuckResult } from './duck-result.ts';
import { tableNotFound } from './error-translation.ts';
import { quoteString } from './identifier.ts';
import type { SqlResult } from './result.ts';
import type { SessionState } from './session-state.ts';
import type { Cursor } from './syntax/cursor.ts';
import { duckSchema, type Namespace, TableName } from './table-name.ts';
import type { Translation } from './translation.ts';
import type { WriteConflicts } from './write-conflicts.ts';
import type { WriteLock } from './write-lock.ts';

/** One statement under way: its connection, its session, and what the names in it mean. */
export class StatementRun {
  readonly session: SessionState;
  readonly translation: Translation;
  readonly #connection: DuckDBConnection;
  readonly #lock: WriteLock;
  readonly #conflicts: WriteConflicts;

  constructor(parts: {
    session: SessionState;
    translation: Translation;
    connection: DuckDBConnection;
    lock: WriteLock;
    conflicts: WriteConflicts;
  }) {
    this.session = parts.session;
    this.translation = parts.translation;
    this.#connection = parts.connection;
    this.#lock = parts.lock;
    this.#conflicts = parts.conflicts;
  }

  /** Runs DuckDB SQL and reads all of its rows. */
  async query(sql: string): Promise<SqlResult> {
    return readDuckResult(await this.#connection.run(sql));
  }

  /** Runs DuckDB SQL and tells how many rows it changed. */
  async execute(sql: string): Promise<number> {
    return (await this.#connection.run(sql)).rowsChanged;
  }

  /** Whether a DuckDB query has a row. */
  async exists(sql: string): Promise<boolean> {
    return (await this.query(`SELECT 1 FROM (${sql}) LIMIT 1`)).rows.length > 0;
  }

  /** All or nothing, one writer at a time. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#lock.run(async () => {
      await this.execute('BEGIN TRANSACTION');
      try {
        const result = await work();
        await this.execute('COMMIT');
        return result;
      } catch (error) {
        // A failed COMMIT has ended the transaction already.
        await this.execute('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** A transaction that changes the rows of one table. */
  write<T>(table: TableName, work: () => Promise<T>): Promise<T> {
    return this.#conflicts.run(table, () => this.transaction(work));
  }

  /** Reads a table name and resolves it in the session's namespace. */
  table(cursor: Cursor): TableName {
    const table = TableName.resolve(cursor.expectName(), this.session);
    this.translation.scope.tables.push(table);
    return table;
  }

  async schemaExists(name: Namespace): Promise<boolean> {
    return this.exists(
      `SELECT 1 FROM __emulator.schemas WHERE catalog = ${quoteString(name.catalog.toLowerCase())} AND name = ${quoteString(name.schema.toLowerCase())}`,
    );
  }

  async catalogExists(catalog: string): Promise<boolean> {
    return this.exists(
      `SELECT 1 FROM __emulator.catalogs WHERE name = ${quoteString(catalog.toLowerCase())}`,
    );
  }

  async tableExists(table: TableName): Promise<boolean> {
    return this.exists(
      `SELECT 1 FROM duckdb_tables() WHERE schema_name = ${quoteString(duckSchema(table))} AND table_name = ${quoteString(table.table)}`,
    );
  }

  /** Column names in order. Throws TABLE_OR_VIEW_NOT_FOUND. */
  async columns(table: TableName): Promise<string[]> {
    const { rows } = await this.query(
      `SELECT column_name FROM duckdb_columns() WHERE schema_name = ${quoteString(duckSchema(table))}
       AND table_name = ${quoteString(table.table)} ORDER BY column_index`,
    );
    if (rows.length === 0) throw tableNotFound(table);
    return rows.map((row) => String(row[0]));
  }
}
