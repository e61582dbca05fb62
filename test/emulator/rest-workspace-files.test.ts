import { BEARER, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
});
afterAll(() => workspace.stop());

const NOTEBOOK = '-- Databricks notebook source\nSELECT 1\n';

function importObject(path: string, more: object = {}, source = NOTEBOOK) {
  const content = Buffer.from(source).toString('base64');
  return workspace.post('/api/2.0/workspace/import', {
    path,
    content,
    format: 'SOURCE',
    language: 'SQL',
    ...more,
  });
}

function statusOf(path: string) {
  return workspace.get(`/api/2.0/workspace/get-status?path=${encodeURIComponent(path)}`);
}

describe('Workspace files of the emulator', () => {
  test('An imported notebook comes back as it was, with and without the /Workspace prefix', async () => {
    expect((await importObject('/Workspace/Shared/round-trip')).status).toBe(200);
    const { body } = await workspace.get('/api/2.0/workspace/export?path=/Shared/round-trip&format=SOURCE');
    expect(Buffer.from(body.content, 'base64').toString()).toBe(NOTEBOOK);
    const direct = await workspace.get(
      '/api/2.0/workspace/export?path=/Shared/round-trip&direct_download=true',
    );
    expect(direct.text).toBe(NOTEBOOK);
    expect((await statusOf('/Shared/round-trip')).body).toMatchObject({
      object_type: 'NOTEBOOK',
      language: 'SQL',
      path: '/Shared/round-trip',
    });
  });

  test('An import does not overwrite unless told to', async () => {
    await importObject('/Shared/kept');
    const again = await importObject('/Shared/kept');
    expect([again.status, again.body.error_code]).toEqual([400, 'RESOURCE_ALREADY_EXISTS']);
    expect((await importObject('/Shared/kept', { overwrite: true })).status).toBe(200);
  });

  test('An import needs its parent directory, which mkdirs makes with all above', async () => {
    const orphan = await importObject('/Shared/a/b/notebook');
    expect([orphan.status, orphan.body.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    for (let times = 0; times < 2; times += 1) {
      expect((await workspace.post('/api/2.0/workspace/mkdirs', { path: '/Shared/a/b' })).status).toBe(200);
    }
    expect((await importObject('/Shared/a/b/notebook')).status).toBe(200);
    const { body } = await workspace.get('/api/2.0/workspace/list?path=/Shared/a');
    expect(body.objects).toMatchObject([{ object_type: 'DIRECTORY', path: '/Shared/a/b' }]);
  });

  test('AUTO makes a notebook without extension of an exported notebook, and a file of anything else', async () => {
    await importObject('/Shared/auto.sql', { format: 'AUTO', language: undefined });
    expect((await statusOf('/Shared/auto')).body).toMatchObject({ object_type: 'NOTEBOOK', language: 'SQL' });
    await importObject('/Shared/plain.sql', { format: 'AUTO', language: undefined }, 'SELECT 1');
    expect((await statusOf('/Shared/plain.sql')).body).toMatchObject({ object_type: 'FILE', size: 8 });
  });

  test('A directory with content is deleted only recursively', async () => {
    await workspace.post('/api/2.0/workspace/mkdirs', { path: '/Shared/full' });
    await importObject('/Shared/full/notebook');
    const refused = await workspace.post('/api/2.0/workspace/delete', { path: '/Shared/full' });
    expect([refused.status, refused.body.error_code]).toEqual([400, 'DIRECTORY_NOT_EMPTY']);
    await workspace.ok('POST', '/api/2.0/workspace/delete', { path: '/Shared/full', recursive: true });
    expect((await statusOf('/Shared/full/notebook')).body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });

  test('An empty directory lists no objects field', async () => {
    await workspace.post('/api/2.0/workspace/mkdirs', { path: '/Shared/empty' });
    expect((await workspace.get('/api/2.0/workspace/list?path=/Shared/empty', BEARER)).body).toEqual({});
  });

  test.each([
    ['a SOURCE import without language', { path: '/Shared/x', content: '', format: 'SOURCE' }],
    ['content that is no base64', { path: '/Shared/x', content: '%%', format: 'RAW' }],
    ['a relative path', { path: 'Shared/x', content: '', format: 'RAW' }],
  ])('It refuses %s', async (_, body) => {
    expect((await workspace.post('/api/2.0/workspace/import', body)).status).toBe(400);
  });
});
