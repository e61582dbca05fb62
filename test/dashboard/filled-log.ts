import { Warehouse } from '../../src/databricks/warehouse.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import { logRow } from '../tables/log-rows.ts';
import type { Workspace } from './running-web.ts';

const END_TIME = '2024-07-01T10:01:00.000Z';
const RETRIED = {
  originalRunId: 'b_2024-06-03_1',
  retryCount: 1,
  retryTriggeredBy: 'policy',
  retryTriggeredAt: '2024-07-01T10:02:00.000Z',
};

/**
 * Makes the tables, with a log of June 2024: from the 3rd a date that a retry brought home, one that a sweep
 * runs again, one that it leaves out, and one of a job that is gone.
 */
export async function fillLog(workspace: Workspace, names: TableNames, jobId: string): Promise<void> {
  const { warehouseId, caCert } = workspace.databricks;
  const warehouse = new Warehouse({ client: workspace.client, warehouseId: warehouseId ?? '', caCert });
  const calendar = { from: '2024-06-01', to: '2024-06-30' };
  await setUpTables({ warehouse, names, calendar, layout: 'partition' });
  const success = { status: 'SUCCESS', endTime: END_TIME, attempt: 2, retryMetadata: RETRIED } as const;
  await upsertLogRows(warehouse, names, [
    failed(jobId, '2024-06-03', 'platform/CLUSTER_ERROR: node lost'),
    logRow({ runId: 'b_2024-06-03_2', jobId, ...success }),
    failed(jobId, '2024-06-04', 'user_code/RUN_EXECUTION_ERROR: no such column'),
    failed(jobId, '2024-06-05', 'configuration/INVALID_RUN_CONFIGURATION: no such notebook'),
    failed('404', '2024-06-06', 'user_code/RUN_EXECUTION_ERROR: no such column'),
  ]);
  await warehouse.close();
}

function failed(jobId: string, positionDate: string, errorMessage: string) {
  const runId = `b_${positionDate}_1`;
  return logRow({
    ...{ runId, positionDate, jobId, status: 'FAILED', endTime: END_TIME, errorMessage },
    // As a notebook of the past wrote it, so that no backfill is asked how the date ran.
    backfillId: null,
  });
}
