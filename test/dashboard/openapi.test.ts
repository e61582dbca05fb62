import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jsonAnswers, type OpenApiDocument } from './openapi-document.ts';
import { type RunningWeb, startWeb } from './running-web.ts';

/** The validator is an ES module, which a test here cannot load. */
const VALIDATE = `
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
const validator = new Validator();
const found = await validator.validate(JSON.parse(readFileSync(0, 'utf8')));
console.log(JSON.stringify({ ...found, version: validator.version }));
`;

async function validated(openApi: object): Promise<object> {
  const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', VALIDATE], {
    cwd: join(__dirname, '..', '..'),
  });
  running.child.stdin?.end(JSON.stringify(openApi));
  return JSON.parse((await running).stdout);
}

let web: RunningWeb;
let document: OpenApiDocument;
beforeEach(async () => {
  web = await startWeb();
  document = (await web.get('/api/openapi.json')).json as unknown as OpenApiDocument;
});
afterEach(() => web.close());

test('The description of the API is valid OpenAPI 3.1', async () => {
  const told = await validated(document);
  expect(told).toEqual({ valid: true, version: '3.1' });
  expect(await validated({ ...document, paths: { '/': { get: { responses: 1 } } } })).toMatchObject({
    valid: false,
  });
});

test('It has every route of the API, health included, and no other', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = web.routes
    .map(({ method, path }) => `${method} ${path.replace(':id', '{id}')}`)
    .filter((route) => / \/(api\/(?!openapi)|healthz|readyz|metrics)/.test(route));
  expect(described.sort()).toEqual(served.sort());
});

test('It tells the ways in, and that the health check needs none', () => {
  expect(document.components.securitySchemes).toMatchObject({
    bearer: { type: 'http', scheme: 'bearer' },
    session: { type: 'apiKey', in: 'cookie', name: 'backfill_session' },
  });
  expect(document.paths['/healthz']?.get?.security).toEqual([]);
  expect(document.paths['/readyz']?.get?.security).toContainEqual({ bearer: [] });
});

test('It tells headers and answers of the routes that have them', () => {
  const { paths, components } = document;
  const create = paths['/api/backfills']?.post;
  expect(create?.parameters).toContainEqual(
    expect.objectContaining({ name: 'Idempotency-Key', in: 'header', schema: expect.anything() }),
  );
  const events = paths['/api/backfills/{id}/events']?.get;
  expect(events?.parameters).toContainEqual(expect.objectContaining({ name: 'Last-Event-ID', in: 'header' }));
  expect(Object.keys(events?.responses['2XX']?.content ?? {})).toEqual(['text/event-stream']);
  const refs = ['200', '202', '4XX'].map((status) => create?.responses[status]?.content['application/json']);
  expect(refs.map((answer) => answer?.schema?.$ref)).toEqual([
    '#/components/schemas/DryRun',
    '#/components/schemas/CreatedBackfill',
    '#/components/schemas/Error',
  ]);
  expect(components.schemas.Error?.required).toEqual(['code', 'message', 'details']);
});

test('It says of every call that answers JSON what is in the answer', () => {
  const undescribed = [...jsonAnswers(document)].flatMap(([answer, schema]) =>
    schema === null ? [answer] : [],
  );
  expect(undescribed).toEqual([]);
});
