import type { DuckDBConnection } from '@duckdb/node-api';
import type { ConnectionPool } from './connection-pool.ts';
import { translateError, unresolvedName } from './error-translation.ts';
import type { SqlResult } from './result.ts';
import type { SessionState } from './session-state.ts';
import { SqlError, syntaxError } from './sql-error.ts';
import { StatementRun } from './statement-run.ts';
import { runStatement } from './statements/dispatch.ts';
import { enter } from './statements/namespace.ts';
import { isOp, type Node, nest } from './syntax/node.ts';
import { bindParameters, MAX_PARAMETERS, type Parameters } from './syntax/parameters.ts';
import { tokenize } from './syntax/tokenizer.ts';
import type { Scope } from './translation.ts';
import { Translator } from './translator.ts';
import type { WriteConflicts } from './write-conflicts.ts';
import type { WriteLock } from './write-lock.ts';

/** A session: it keeps the current catalog and schema, and session variables. Statements may run side by side. */
export class SqlSession {
  readonly #state: SessionState;
  readonly #pool: ConnectionPool;
  readonly #lock: WriteLock;
  readonly #conflicts: WriteConflicts;
  readonly #grants: { readonly systemTables: boolean };
  #closed = false;

  constructor(parts: {
    state: SessionState;
    pool: ConnectionPool;
    lock: WriteLock;
    conflicts: WriteConflicts;
    grants: { readonly systemTables: boolean };
  }) {
    this.#state = parts.state;
    this.#pool = parts.pool;
    this.#lock = parts.lock;
    this.#conflicts = parts.conflicts;
    this.#grants = parts.grants;
  }

  /**
   * Runs one statement, with at most 256 named parameters. `signal` cancels it.
   * Throws SqlError with Databricks' class and SQLSTATE.
   */
  async execute(sql: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<SqlResult> {
    if (this.#closed) throw new SqlError('INVALID_HANDLE', 'HY000', 'The session is closed.');
    refuseTooMany(parameters);
    if (!this.#grants.systemTables) refuseSystemTables(sql);
    return this.#pool.use(async (connection) => {
      let interrupting: NodeJS.Timeout | undefined;
      // DuckDB forgets an interrupt that comes between two of its queries, so it is told again.
      const cancel = () => {
        connection.interrupt();
        interrupting = setInterval(() => connection.interrupt(), 20);
      };
      signal?.addEventListener('abort', cancel);
      try {
        if (signal?.aborted) throw new SqlError('OPERATION_CANCELED', 'HY008', 'The operation was canceled.');
        return await this.#run(connection, sql, parameters);
      } finally {
        signal?.removeEventListener('abort', cancel);
        clearInterval(interrupting);
      }
    });
  }

  /** Makes the namespace of the session's beginning current. Throws when the catalog or schema is missing. */
  async enter(catalog: string, schema: string): Promise<void> {
    await this.#pool.use((connection) =>
      enter(this.#statementRun(connection, new Map()), { catalog, schema }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** A name is a column where there is one, else a session variable: so variables come in only for names not found. */
  async #run(connection: DuckDBConnection, sql: string, parameters: Parameters): Promise<SqlResult> {
    const nodes = bindParameters(parse(sql), parameters);
    const variables = new Map<string, string>();
    for (;;) {
      const run = this.#statementRun(connection, variables);
      try {
        return await runStatement(nodes, run);
      } catch (error) {
        const failure = translateError(error, run.translation.scope);
        const name = unresolvedName(failure)?.split('.').at(-1);
        const variable = name === undefined ? undefined : this.#state.variables.get(name);
        if (name === undefined || variable === undefined || variables.has(name)) throw failure;
        variables.set(name, variable.sql);
      }
    }
  }

  #statementRun(connection: DuckDBConnection, variables: ReadonlyMap<string, string>): StatementRun {
    const { user, views } = this.#state;
    const scope: Scope = { current: this.#state, user, variables, views, ctes: new Set(), tables: [] };
    return new StatementRun({
      session: this.#state,
      translation: new Translator(scope),
      connection,
      lock: this.#lock,
      conflicts: this.#conflicts,
    });
  }
}

function parse(sql: string): Node[] {
  const nodes = nest(tokenize(sql));
  while (isOp(nodes.at(-1), ';')) nodes.pop();
  if (nodes.length === 0) throw syntaxError('');
  const extra = nodes.findIndex((node) => isOp(node, ';'));
  if (extra !== -1) throw syntaxError(';', 'Only one statement at a time is allowed.');
  return nodes;
}

function refuseSystemTables(sql: string): void {
  const schema = /\bsystem`?\.`?(\w+)/i.exec(sql)?.[1];
  if (schema === undefined) return;
  throw new SqlError(
    'INSUFFICIENT_PERMISSIONS',
    '42501',
    `Insufficient privileges: User does not have USE SCHEMA on Schema 'system.${schema}'.`,
  );
}

function refuseTooMany(parameters: Parameters): void {
  const count = Object.keys(parameters).length;
  if (count <= MAX_PARAMETERS) return;
  throw new SqlError(
    'BAD_REQUEST',
    '07001',
    `Parameterized query has too many parameters: ${count} parameters were given but the limit is ${MAX_PARAMETERS}.`,
  );
}
