import { ScriptedClients } from './scripted-client.ts';

let clients: ScriptedClients;

beforeEach(async () => {
  clients = await ScriptedClients.start();
});

afterEach(async () => {
  await clients.close();
});

describe('notebooks and warehouses', () => {
  test('a notebook is sent and read back with its text unharmed', async () => {
    const source = '-- Databricks notebook source\nSELECT "é";\n';
    const content = Buffer.from(source).toString('base64');
    clients.workspace.answer('/api/2.0/workspace/import', {});
    clients.workspace.answer('/api/2.0/workspace/export', { body: { content } });
    const { files } = clients.connect();
    await files.importNotebook({ path: '/Shared/n', language: 'SQL', source });
    expect(JSON.parse(clients.workspace.requests[0]?.body ?? '')).toMatchObject({ content, overwrite: true });
    expect(await files.exportNotebook('/Shared/n')).toBe(source);
  });

  test('a path where nothing is has no status', async () => {
    clients.workspace.answer('/api/2.0/workspace/get-status', {
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: "Path (/Shared/n) doesn't exist." },
    });
    expect(await clients.connect().files.getStatus('/Shared/n')).toBeNull();
  });

  test('warehouses are listed with their state', async () => {
    clients.workspace.answer('/api/2.0/sql/warehouses', {
      body: { warehouses: [{ id: 'abc', name: 'w', state: 'STOPPED' }] },
    });
    expect(await clients.connect().warehouses.list()).toEqual([
      { warehouseId: 'abc', name: 'w', state: 'STOPPED' },
    ]);
  });
});
