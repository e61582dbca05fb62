import { readFile } from 'node:fs/promises';
import { DBSQLClient } from '@databricks/sql';
import { eventually } from '../harness/eventually.ts';
import { RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start({ token: 'sql-token' });
});
afterEach(() => workspace.emulator.local.config({ warehouse_start_ms: 0 }));
afterAll(() => workspace.stop());

const HEADERS = { authorization: 'Bearer sql-token' };
const LOCAL = '/api/2.0/sql/warehouses/local';

async function state(): Promise<string> {
  return (await workspace.get(LOCAL, HEADERS)).body.state;
}

/** The rows of one statement over a session of its own. */
async function query(statement: string) {
  const { hostname, port } = new URL(workspace.emulator.url);
  const client = new DBSQLClient({ logger: { log: () => {} } });
  client.on('error', () => {});
  await client.connect({
    host: hostname,
    port: Number(port),
    path: '/sql/1.0/warehouses/local',
    token: 'sql-token',
    customCaCert: await readFile(workspace.emulator.caFile),
    telemetryEnabled: false,
  });
  try {
    const session = await client.openSession();
    const operation = await session.executeStatement(statement);
    const rows = await operation.fetchAll();
    await session.close();
    return rows;
  } finally {
    await client.close();
  }
}

describe('The SQL warehouse of the emulator', () => {
  test('It is listed and found under the id that the emulator prints', async () => {
    const { body } = await workspace.get('/api/2.0/sql/warehouses', HEADERS);
    expect(body.warehouses).toMatchObject([{ id: workspace.emulator.warehouseId, state: 'RUNNING' }]);
    expect((await workspace.get(LOCAL, HEADERS)).body.odbc_params.path).toBe('/sql/1.0/warehouses/local');
  });

  test('It answers the SQL driver over HTTPS with only its CA trusted', async () => {
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('It stops, and is STARTING for as long as configured before it runs', async () => {
    await workspace.emulator.local.config({ warehouse_start_ms: 500 });
    await workspace.post(`${LOCAL}/stop`, {}, HEADERS);
    expect(await state()).toBe('STOPPED');
    await workspace.post(`${LOCAL}/start`, {}, HEADERS);
    expect(await state()).toBe('STARTING');
    await eventually(state, (now) => now === 'RUNNING');
  });

  test('A statement starts a stopped warehouse and waits for it', async () => {
    await workspace.emulator.local.config({ warehouse_start_ms: 500 });
    await workspace.post(`${LOCAL}/stop`, {}, HEADERS);
    const startMs = performance.now();
    expect(await query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(499);
    expect(await state()).toBe('RUNNING');
  });

  test('A warehouse that is not there is 404, for REST and for SQL', async () => {
    const replies = [
      await workspace.get('/api/2.0/sql/warehouses/gone', HEADERS),
      await workspace.post('/api/2.0/sql/warehouses/gone/start', {}, HEADERS),
      await workspace.post('/sql/1.0/warehouses/gone', 'thrift', HEADERS),
    ];
    for (const { status, body } of replies) {
      expect([status, body.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    }
  });

  test('A body that is no Thrift is refused', async () => {
    expect((await workspace.post('/sql/1.0/warehouses/local', 'SELECT 1', HEADERS)).status).toBe(400);
  });
});
