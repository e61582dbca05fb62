import type { Config, DatabricksConfig } from '../src/config/config.ts';
import { DeadlineExceededError, withDeadline } from '../src/databricks/deadline.ts';
import { Warehouse } from '../src/databricks/warehouse.ts';
import { WorkspaceClient, type WorkspaceClientOptions } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { TableNames } from '../src/tables/table-names.ts';

/** A person waits for the answer: fail soon, and let the person try again. */
const REQUEST_TIMEOUT_MS = 10_000;
const RETRY_WINDOW_MS = 10_000;
const STATEMENT_TIMEOUT_SECONDS = 90;

/**
 * The workspace and its warehouse, connected to when a request first needs them, so that the web process
 * starts and tells progress while either is down or asleep.
 */
export class WorkspaceAccess {
  readonly #databricks: DatabricksConfig | null;
  readonly #tables: Config['tables'];
  readonly #onRequest: WorkspaceClientOptions['onRequest'];
  #client: WorkspaceClient | null = null;
  #warehouse: Warehouse | null = null;

  constructor(
    config: Pick<Config, 'databricks' | 'tables'>,
    onRequest?: WorkspaceClientOptions['onRequest'],
  ) {
    this.#onRequest = onRequest;
    this.#databricks = config.databricks;
    this.#tables = config.tables;
  }

  /** @throws BackfillError configuration_invalid without a workspace */
  client(): WorkspaceClient {
    const { host, auth, caCert } = this.#configured();
    this.#client ??= new WorkspaceClient({
      host,
      auth,
      caCert,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      retryWindowMs: RETRY_WINDOW_MS,
      onRequest: this.#onRequest,
    });
    return this.#client;
  }

  /**
   * Reads from the tables, and gives up on a warehouse that has not answered within the deadline.
   * @throws BackfillError warehouse_unavailable, warehouse_missing, tables_missing, statement_failed, workspace_*
   */
  async read<T>(
    deadlineMs: number,
    work: (warehouse: Warehouse, tables: TableNames) => Promise<T>,
  ): Promise<T> {
    const warehouse = this.#openWarehouse();
    const tables = TableNames.from(this.#tables);
    try {
      return await withDeadline({ deadlineMs }, () => work(warehouse, tables));
    } catch (thrown) {
      if (!(thrown instanceof DeadlineExceededError)) throw thrown;
      throw new BackfillError(
        'warehouse_unavailable',
        `The SQL warehouse did not answer within ${deadlineMs / 1000} s; it may be starting. Try again in a minute.`,
        { cause: thrown, retryAfterMs: 30_000 },
      );
    }
  }

  async close(): Promise<void> {
    await this.#warehouse?.close();
    await this.#client?.close();
    this.#warehouse = null;
    this.#client = null;
  }

  #openWarehouse(): Warehouse {
    const { warehouseId, caCert } = this.#configured();
    if (warehouseId === null) {
      throw new BackfillError(
        'warehouse_missing',
        'No SQL warehouse is configured. Set DATABRICKS_WAREHOUSE_ID to the id of one, and start again.',
      );
    }
    this.#warehouse ??= new Warehouse({
      client: this.client(),
      warehouseId,
      caCert,
      statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
      retryWindowMs: RETRY_WINDOW_MS,
    });
    return this.#warehouse;
  }

  #configured(): DatabricksConfig {
    if (this.#databricks !== null) return this.#databricks;
    throw new BackfillError(
      'configuration_invalid',
      'No Databricks workspace is configured. Set DATABRICKS_HOST and DATABRICKS_TOKEN, and start again.',
      { details: { key: 'DATABRICKS_HOST' } },
    );
  }
}
