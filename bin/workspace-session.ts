import type { Config, DatabricksConfig } from '../src/config/config.ts';
import { Warehouse } from '../src/databricks/warehouse.ts';
import { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';

/** How long a person at a terminal waits for what may pass, before being told. */
const RETRY_WINDOW_MS = 15_000;

/** The workspace and its warehouse for one command. */
export class WorkspaceSession {
  readonly client: WorkspaceClient;
  readonly #databricks: DatabricksConfig;
  readonly #retryWindowMs: number;
  #warehouse: Warehouse | null = null;

  /**
   * @param retryWindowMs How long what may pass is tried again; 0 for a single try.
   * @throws BackfillError `configuration_invalid` without a workspace.
   */
  constructor(config: Config, retryWindowMs: number = RETRY_WINDOW_MS) {
    if (config.databricks === null) {
      throw new BackfillError(
        'configuration_invalid',
        'No Databricks workspace is configured: set DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CONFIG_PROFILE, or run "backfill up", which brings an emulator.',
      );
    }
    this.#databricks = config.databricks;
    this.#retryWindowMs = retryWindowMs;
    this.client = new WorkspaceClient({ ...config.databricks, retryWindowMs });
  }

  get host(): string {
    return this.#databricks.host;
  }

  /** @throws BackfillError `configuration_invalid` without a warehouse id. */
  get warehouseId(): string {
    const { warehouseId } = this.#databricks;
    if (warehouseId !== null) return warehouseId;
    throw new BackfillError(
      'configuration_invalid',
      'No SQL warehouse is configured: set DATABRICKS_WAREHOUSE_ID to the id of one.',
    );
  }

  /** Opened at the first use; a statement wakes a sleeping warehouse. */
  get warehouse(): Warehouse {
    this.#warehouse ??= new Warehouse({
      client: this.client,
      warehouseId: this.warehouseId,
      caCert: this.#databricks.caCert,
      retryWindowMs: this.#retryWindowMs,
    });
    return this.#warehouse;
  }

  /**
   * Asks who we are and for the warehouse, without waking it.
   *
   * @throws BackfillError `workspace_*`; `warehouse_missing` with the ids that there are.
   */
  async check(): Promise<{ userName: string; warehouse: { name: string; state: string } }> {
    const { userName } = await this.client.me();
    try {
      return { userName, warehouse: await this.client.warehouses.get(this.warehouseId) };
    } catch (failure) {
      if (!(failure instanceof BackfillError) || failure.code !== 'workspace_not_found') throw failure;
      const listed = await this.client.warehouses.list();
      const known = listed.map(({ warehouseId, name }) => `${warehouseId} (${name})`).join(', ') || 'none';
      throw new BackfillError(
        'warehouse_missing',
        `${this.host} has no SQL warehouse ${this.warehouseId}. Set DATABRICKS_WAREHOUSE_ID to one of those it has: ${known}.`,
        { cause: failure },
      );
    }
  }

  async close(): Promise<void> {
    await this.#warehouse?.close();
    await this.client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
