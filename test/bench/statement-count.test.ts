import { readFile } from 'node:fs/promises';
import { Secret } from '../../src/config/secret.ts';
import { Warehouse } from '../../src/databricks/warehouse.ts';
import { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';

let emulator: EmulatorProcess;
let client: WorkspaceClient;
let warehouse: Warehouse;

beforeAll(async () => {
  emulator = await startEmulator();
  const caCert = await readFile(emulator.caFile, 'utf8');
  const auth = { kind: 'pat', token: new Secret('test') } as const;
  client = new WorkspaceClient({ host: emulator.url, auth, caCert });
  warehouse = new Warehouse({ client, warehouseId: emulator.warehouseId, caCert });
});

afterAll(async () => {
  await warehouse.close();
  await client.close();
  await emulator.stop();
});

test('the ledger counts each SQL statement of a client once, by its first word, and no session call', async () => {
  await warehouse.query('SELECT 1 AS one');
  await warehouse.query('-- why\n/* and\n how */ select 2 AS two');
  await warehouse.query('CREATE CATALOG counted');
  expect(await emulator.local.ledger()).toMatchObject({ statements: { SELECT: 2, CREATE: 1 } });
});

test('the ledger tells how long the warehouse was busy with the statements of each kind', async () => {
  const { statement_ms } = await emulator.local.ledger();
  expect(statement_ms.SELECT).toBeGreaterThan(0);
});
