import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Secret } from '../../src/config/secret.ts';
import { Warehouse } from '../../src/databricks/warehouse.ts';
import { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { type EmulatorControl, startEmulator } from '../harness/emulator-process.ts';

/** Our client and warehouse on an emulator of its own. */
export interface ConnectedWorkspace {
  readonly client: WorkspaceClient;
  readonly warehouse: Warehouse;
  readonly local: EmulatorControl;
  close(): Promise<void>;
}

export async function connectWorkspace(): Promise<ConnectedWorkspace> {
  const emulator = await startEmulator();
  const caCert = await readFile(emulator.caFile, 'utf8');
  const client = new WorkspaceClient({
    host: emulator.url,
    auth: { kind: 'pat', token: new Secret('test-token') },
    caCert,
  });
  const warehouse = new Warehouse({
    client,
    warehouseId: emulator.warehouseId,
    caCert,
    retryWindowMs: 5_000,
  });
  return {
    client,
    warehouse,
    local: emulator.local,
    close: async () => {
      await warehouse.close();
      await client.close();
      await emulator.stop();
    },
  };
}

/** Names of a schema that no other test uses. */
export function freshNames(catalog = 'demos'): TableNames {
  return TableNames.from({ catalog, schema: `t_${randomUUID().replaceAll('-', '')}` });
}
