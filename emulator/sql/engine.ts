import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { BOOTSTRAP } from './catalog-schema.ts';
import { ConnectionPool } from './connection-pool.ts';
import { registerScalarFunctions } from './hash/scalar-functions.ts';
import { quoteString } from './identifier.ts';
import { SqlSession } from './sql-session.ts';
import { WriteConflicts } from './write-conflicts.ts';
import { WriteLock } from './write-lock.ts';

export type { SqlColumn, SqlResult } from './result.ts';
export { SqlError } from './sql-error.ts';
export type { SqlSession } from './sql-session.ts';

/** A row of `system.lakeflow.jobs`; times are ISO 8601. */
export interface SystemJob {
  workspace_id: string;
  job_id: string;
  name: string;
  creator_id: string;
  tags: Record<string, string>;
  change_time: string;
  delete_time: string | null;
  run_as: string;
}

/** Statements that run at the same time; more wait. DuckDB itself uses as many threads as there are cores. */
const CONNECTIONS = 8;

/** A SQL warehouse on DuckDB. Catalogs and schemas are shared by all sessions. */
export class SqlEngine {
  readonly #instance: DuckDBInstance;
  readonly #pool: ConnectionPool;
  readonly #lock = new WriteLock();
  readonly #conflicts = new WriteConflicts();
  readonly #grants = { systemTables: true };

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
    this.#pool = new ConnectionPool(instance, CONNECTIONS);
  }

  /** Opens the tables kept in `dataDir`, or an empty workspace in memory. */
  static async open(options: { dataDir: string | null }): Promise<SqlEngine> {
    if (options.dataDir !== null) await mkdir(options.dataDir, { recursive: true });
    const path = options.dataDir === null ? ':memory:' : join(options.dataDir, 'warehouse.duckdb');
    const engine = new SqlEngine(
      await DuckDBInstance.create(path, { storage_compatibility_version: 'latest' }),
    );
    await engine.#pool.use(async (connection) => {
      registerScalarFunctions(connection);
      for (const statement of BOOTSTRAP) await connection.run(statement);
    });
    return engine;
  }

  /** Every how many-th of the writes that meet another write of the same table fails with DELTA_CONCURRENT_APPEND; 0 for none. */
  get conflictingWrites(): number {
    return this.#conflicts.everyNth;
  }

  set conflictingWrites(everyNth: number) {
    this.#conflicts.everyNth = everyNth;
  }

  /** Whether users may read the tables of the catalog `system`. */
  set grantsSystemTables(granted: boolean) {
    this.#grants.systemTables = granted;
  }

  /** Opens a session. Throws NO_SUCH_CATALOG_EXCEPTION or SCHEMA_NOT_FOUND when what it starts in does not exist. */
  async session(defaults: { catalog?: string; schema?: string; user?: string } = {}): Promise<SqlSession> {
    const session = new SqlSession({
      state: {
        catalog: 'main',
        schema: 'default',
        user: defaults.user ?? 'emulator@example.com',
        variables: new Map(),
        views: new Map(),
      },
      pool: this.#pool,
      lock: this.#lock,
      conflicts: this.#conflicts,
      grants: this.#grants,
    });
    if (defaults.catalog !== undefined || defaults.schema !== undefined) {
      await session.enter(defaults.catalog ?? 'main', defaults.schema ?? 'default');
    }
    return session;
  }

  /** Replaces the rows of `system.lakeflow.jobs`. */
  async setSystemJobs(rows: SystemJob[]): Promise<void> {
    const values = rows.map((row) => `(${jobValues(row)})`);
    // The connection before the lock, as statements do it: the other way round each could wait for the other.
    await this.#pool.use((connection) =>
      this.#lock.run(async () => {
        await connection.run('BEGIN TRANSACTION');
        await connection.run('DELETE FROM "system.lakeflow".jobs');
        if (values.length > 0)
          await connection.run(`INSERT INTO "system.lakeflow".jobs VALUES ${values.join(', ')}`);
        await connection.run('COMMIT');
      }),
    );
  }

  /** Waits for the running statements and closes the file. */
  async close(): Promise<void> {
    await this.#pool.close();
    this.#instance.closeSync();
  }
}

function jobValues(row: SystemJob): string {
  const text = (value: string | null) => (value === null ? 'NULL' : quoteString(value));
  const time = (value: string | null) => `dbx_to_timestamp(CAST(${text(value)} AS VARCHAR))`;
  const tags = Object.entries(row.tags).map(([key, value]) => `${text(key)}: ${text(value)}`);
  return [
    "'00000000-0000-0000-0000-000000000000'",
    text(row.workspace_id),
    text(row.job_id),
    text(row.name),
    'NULL',
    text(row.creator_id),
    `MAP {${tags.join(', ')}}`,
    time(row.change_time),
    time(row.delete_time),
    text(row.run_as),
  ].join(', ');
}
