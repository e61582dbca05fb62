import { ApiError, notFound } from '../api-error.ts';
import { type Call, RawAnswer } from '../call.ts';
import { ThriftRequestError } from '../sql/thrift/request-error.ts';
import type { Workspace } from '../workspace.ts';

export function listWarehouses(call: Call, workspace: Workspace) {
  return { warehouses: [warehouseView(call, workspace)] };
}

export function getWarehouse(call: Call, workspace: Workspace) {
  requireWarehouse(call, workspace);
  return warehouseView(call, workspace);
}

/** Answers at once; the warehouse is STARTING for `warehouse_start_ms`. */
export function startWarehouse(call: Call, workspace: Workspace) {
  requireWarehouse(call, workspace);
  void workspace.warehouse.start();
  return {};
}

export async function stopWarehouse(call: Call, workspace: Workspace) {
  requireWarehouse(call, workspace);
  await workspace.stopWarehouse();
  return {};
}

/** The Thrift endpoint that SQL drivers speak to. */
export async function executeSql(call: Call, workspace: Workspace) {
  requireWarehouse(call, workspace);
  try {
    const answer = await workspace.executeThrift(call.body);
    return new RawAnswer(200, { 'content-type': 'application/x-thrift' }, answer);
  } catch (failure) {
    if (failure instanceof ThriftRequestError)
      throw new ApiError(failure.status, 'BAD_REQUEST', failure.message);
    throw failure;
  }
}

function requireWarehouse(call: Call, workspace: Workspace): void {
  const { id } = call.segments;
  if (id !== workspace.warehouse.id) throw notFound(`SQL warehouse ${id} does not exist.`);
}

function warehouseView(call: Call, workspace: Workspace) {
  const { id, name, state } = workspace.warehouse;
  const path = `/sql/1.0/warehouses/${id}`;
  const { hostname, port } = new URL(call.origin);
  return {
    id,
    name,
    state,
    cluster_size: '2X-Small',
    warehouse_type: 'PRO',
    enable_serverless_compute: true,
    min_num_clusters: 1,
    max_num_clusters: 1,
    num_clusters: state === 'RUNNING' ? 1 : 0,
    auto_stop_mins: 10,
    creator_name: workspace.userName,
    odbc_params: { hostname, path, protocol: 'https', port: Number(port || 443) },
  };
}
