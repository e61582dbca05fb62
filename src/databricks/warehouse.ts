import type { BackfillError } from '../errors/backfill-error.ts';
import { withDeadline } from './deadline.ts';
import { retryWithin } from './retry.ts';
import { isLostSession, isRefusedLogin, sqlFailure } from './sql-failure.ts';
import { boundParameters, type SqlParameter } from './sql-parameter.ts';
import { rowsOf, type SqlOperation } from './sql-rows.ts';
import { type SqlSession, SqlSessionHolder } from './sql-session.ts';
import type { WorkspaceClient } from './workspace-client.ts';

export type { SqlParameter } from './sql-parameter.ts';

export interface WarehouseOptions {
  client: WorkspaceClient;
  warehouseId: string;
  /** PEM text trusted beside the public authorities. */
  caCert: string | null;
  /** Longest one statement may take, waking the warehouse included; 600 by default. */
  statementTimeoutSeconds?: number;
  /** How long failures that may pass are tried again; 30 s by default, 0 for a single try. */
  retryWindowMs?: number;
  catalog?: string;
  schema?: string;
}

export interface QueryOptions {
  /** Stops waiting and asks the warehouse to cancel the statement; the call throws the signal's reason. */
  signal?: AbortSignal;
}

export interface ExecuteOptions extends QueryOptions {
  /** Whether the statement may run twice, so that a lost answer may be repeated. */
  idempotent?: boolean;
}

type Parameters = Readonly<Record<string, SqlParameter>>;

const CLOSE_DEADLINE_MS = 5_000;

/**
 * SQL on one warehouse, in one session that is shared by all callers and opened again when it has
 * expired. Every call throws BackfillError: `warehouse_missing`, `warehouse_unavailable`,
 * `statement_conflict`, `tables_missing`, `statement_failed`, or `workspace_*` for the credentials.
 */
export class Warehouse {
  readonly #client: WorkspaceClient;
  readonly #address: { host: string; warehouseId: string };
  readonly #sessions: SqlSessionHolder;
  readonly #deadlineMs: number;
  readonly #retryWindowMs: number;
  #lastAuthorization = '';

  constructor(options: WarehouseOptions) {
    const { client, warehouseId, caCert, catalog, schema } = options;
    const timeoutSeconds = options.statementTimeoutSeconds ?? 600;
    this.#client = client;
    this.#address = { host: client.host, warehouseId };
    this.#deadlineMs = timeoutSeconds * 1000;
    this.#retryWindowMs = options.retryWindowMs ?? 30_000;
    const authorization = () => this.#authorization();
    this.#sessions = new SqlSessionHolder({
      ...this.#address,
      caCert,
      authorization,
      timeoutSeconds,
      catalog,
      schema,
    });
  }

  /**
   * All rows of a statement that only reads. Dates come as `YYYY-MM-DD`, timestamps as ISO 8601, BIGINT
   * as number (cast what may exceed 2^53 to STRING). Tried again after failures that may pass.
   */
  async query<Row = Record<string, unknown>>(
    sql: string,
    parameters: Parameters = {},
    options: QueryOptions = {},
  ): Promise<Row[]> {
    const rows = await this.#retried(sql, parameters, { ...options, idempotent: true }, rowsOf);
    return rows as Row[];
  }

  /**
   * Runs a statement that writes or defines, and waits for its end. Tried again only when it lost against
   * a concurrent write, which wrote nothing, or when it is `idempotent`.
   */
  async execute(sql: string, parameters: Parameters = {}, options: ExecuteOptions = {}): Promise<void> {
    await this.#retried(sql, parameters, options, async () => {});
  }

  /** Closes the session; a server that does not answer is not waited for longer than 5 s. */
  async close(): Promise<void> {
    // A session that cannot be closed ends by itself on the server, and nothing here depends on it.
    await withDeadline({ deadlineMs: CLOSE_DEADLINE_MS }, () => this.#sessions.close()).catch(() => {});
  }

  #retried<T>(
    sql: string,
    parameters: Parameters,
    { idempotent = false, signal }: ExecuteOptions,
    read: (operation: SqlOperation) => Promise<T>,
  ): Promise<T> {
    const mayRetry = (error: BackfillError) =>
      error.code === 'statement_conflict' ||
      (idempotent && error.code === 'warehouse_unavailable' && mayPass(error));
    return retryWithin({ windowMs: this.#retryWindowMs, mayRetry, signal }, async () => {
      try {
        return await withDeadline({ deadlineMs: this.#deadlineMs, signal }, (stop) =>
          this.#inSession((session) => this.#start(session, sql, parameters), idempotent, stop, read),
        );
      } catch (thrown) {
        if (signal?.aborted) throw signal.reason;
        throw sqlFailure(thrown, this.#address);
      }
    });
  }

  /** Starts and reads a statement; once more in a new session, or with a new token, where that is safe. */
  async #inSession<T>(
    start: (session: SqlSession) => Promise<SqlOperation>,
    idempotent: boolean,
    stop: AbortSignal,
    read: (operation: SqlOperation) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      let session: SqlSession | null = null;
      let operation: SqlOperation | null = null;
      try {
        session = await this.#sessions.current();
        // Nobody would wait for what is started now.
        stop.throwIfAborted();
        operation = await start(session);
        return await untilStopped(operation, stop, read);
      } catch (thrown) {
        const lost = isLostSession(thrown);
        const refused = isRefusedLogin(thrown) && this.#client.renewAuthorization(this.#lastAuthorization);
        if (session !== null && lost) await this.#sessions.forget(session);
        const safe = operation === null || idempotent;
        if (tries > 1 || stop.aborted || !safe || !(lost || refused)) throw thrown;
      }
    }
  }

  #start(session: SqlSession, sql: string, parameters: Parameters): Promise<SqlOperation> {
    return session.executeStatement(sql, { namedParameters: boundParameters(parameters) });
  }

  async #authorization(): Promise<string> {
    this.#lastAuthorization = await this.#client.authorization();
    return this.#lastAuthorization;
  }
}

/**
 * Waits for the end of a statement, reads it and frees it. The driver reports what fails while a
 * statement runs only to whoever waits for its end, so that must never be left out.
 */
async function untilStopped<T>(
  operation: SqlOperation,
  stop: AbortSignal,
  read: (operation: SqlOperation) => Promise<T>,
): Promise<T> {
  const cancel = () => inBackground(operation.cancel());
  if (stop.aborted) cancel();
  stop.addEventListener('abort', cancel, { once: true });
  try {
    await operation.finished();
    return await read(operation);
  } finally {
    stop.removeEventListener('abort', cancel);
    inBackground(operation.close());
  }
}

function mayPass({ details: { reason } }: BackfillError): boolean {
  return reason !== 'certificate' && reason !== 'closed';
}

/** For requests that only tidy up: the statement's own outcome is known, and theirs changes nothing. */
function inBackground(request: Promise<unknown>): void {
  request.catch(() => {});
}
