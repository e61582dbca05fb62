import { z } from 'zod';
import type { CallOptions, RestClient } from './rest-client.ts';

/** A SQL warehouse as the workspace describes it. */
export interface WarehouseInfo {
  warehouseId: string;
  name: string;
  /** RUNNING, STARTING, STOPPED, STOPPING, DELETED, DELETING, or one that Databricks adds. */
  state: string;
}

const WAREHOUSES = '/api/2.0/sql/warehouses';

const InfoSchema = z
  .object({ id: z.string(), name: z.string().default(''), state: z.string().default('UNKNOWN') })
  .transform((wire): WarehouseInfo => ({ warehouseId: wire.id, name: wire.name, state: wire.state }));
const ListSchema = z.object({ warehouses: z.array(InfoSchema).default([]) });
const NothingSchema = z.unknown();

/**
 * SQL warehouses of the workspace. Statements go through `Warehouse`.
 *
 * @see https://docs.databricks.com/api/workspace/warehouses
 */
export class WarehousesApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  get(warehouseId: string, options?: CallOptions): Promise<WarehouseInfo> {
    return this.#rest.get(pathOf(warehouseId), {}, InfoSchema, options);
  }

  async list(options?: CallOptions): Promise<WarehouseInfo[]> {
    return (await this.#rest.get(WAREHOUSES, {}, ListSchema, options)).warehouses;
  }

  /** Wakes a warehouse; it also wakes by itself at the first statement. */
  async start(warehouseId: string, options?: CallOptions): Promise<void> {
    const post = { path: `${pathOf(warehouseId)}/start`, body: {}, idempotent: true };
    await this.#rest.post(post, NothingSchema, options);
  }

  async stop(warehouseId: string, options?: CallOptions): Promise<void> {
    const post = { path: `${pathOf(warehouseId)}/stop`, body: {}, idempotent: true };
    await this.#rest.post(post, NothingSchema, options);
  }
}

function pathOf(warehouseId: string): string {
  return `${WAREHOUSES}/${encodeURIComponent(warehouseId)}`;
}
