import { DBSQLClient } from '@databricks/sql';
import { BackfillError } from '../errors/backfill-error.ts';
import type { WarehouseAddress } from './sql-failure.ts';

export type SqlSession = Awaited<ReturnType<DBSQLClient['openSession']>>;

export interface SqlSessionOptions extends WarehouseAddress {
  /** PEM text trusted beside the public authorities. */
  caCert: string | null;
  authorization: () => Promise<string>;
  /** Longest one exchange with the server, or one statement, may take. */
  timeoutSeconds: number;
  catalog: string | undefined;
  schema: string | undefined;
}

/** How long the driver itself repeats status questions and closes. */
const DRIVER_RETRY_MS = 10_000;

const NO_LOG = { log: () => {} };

/** The one session of a warehouse, opened at first use and again after `forget`. */
export class SqlSessionHolder {
  readonly #options: SqlSessionOptions;
  #client: DBSQLClient | null = null;
  #session: Promise<SqlSession> | null = null;
  #closed = false;

  constructor(options: SqlSessionOptions) {
    this.#options = options;
  }

  /** The open session. Concurrent first callers share one opening; a failed one is not kept. */
  current(): Promise<SqlSession> {
    if (this.#session === null) {
      const opening = this.#open();
      this.#session = opening;
      opening.catch(() => this.#forgetOpening(opening));
    }
    return this.#session;
  }

  /** Leaves a session that the server has ended; a newer one stays. */
  async forget(session: SqlSession): Promise<void> {
    const current = this.#session;
    if (current !== null && (await current.catch(() => null)) === session) this.#forgetOpening(current);
  }

  /** For good; whoever still asks for a session is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = null;
    this.#session = null;
    await client?.close();
  }

  #forgetOpening(opening: Promise<SqlSession>): void {
    if (this.#session === opening) this.#session = null;
  }

  async #open(): Promise<SqlSession> {
    const { timeoutSeconds, warehouseId, catalog, schema } = this.#options;
    if (this.#closed) {
      throw new BackfillError(
        'warehouse_unavailable',
        `The connection to SQL warehouse ${warehouseId} has been closed here.`,
        { details: { reason: 'closed', warehouse_id: warehouseId } },
      );
    }
    this.#client ??= await this.#connect();
    return this.#client.openSession({
      configuration: { STATEMENT_TIMEOUT: String(Math.ceil(timeoutSeconds)), TIMEZONE: 'UTC' },
      ...(catalog === undefined ? {} : { initialCatalog: catalog }),
      ...(schema === undefined ? {} : { initialSchema: schema }),
    });
  }

  async #connect(): Promise<DBSQLClient> {
    const { host, warehouseId, caCert, authorization, timeoutSeconds } = this.#options;
    const { hostname, port } = new URL(host);
    const client = new DBSQLClient({ logger: NO_LOG });
    await client.connect({
      host: hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: `/sql/1.0/warehouses/${encodeURIComponent(warehouseId)}`,
      authType: 'custom',
      provider: { authenticate: async () => ({ Authorization: await authorization() }) },
      userAgentEntry: 'databricks-backfill',
      telemetryEnabled: false,
      socketTimeout: timeoutSeconds * 1000,
      retriesTimeout: DRIVER_RETRY_MS,
      ...(caCert === null ? {} : { customCaCert: caCert }),
    });
    return client;
  }
}
