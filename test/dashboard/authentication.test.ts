import { request as httpRequest } from 'node:http';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { ApiToken } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { type RunningWeb, startWeb } from './running-web.ts';

const tokens: ApiToken[] = [
  { name: 'ada', role: 'operator', token: new Secret('operator-token-1') },
  { name: 'bob', role: 'viewer', token: new Secret('viewer-token-22') },
];
const operator = { authorization: 'Bearer operator-token-1' };
const viewer = { authorization: 'Bearer viewer-token-22' };
const ID = '0190aaaa-0000-7000-8000-000000000000';

describe('With tokens', () => {
  let web: RunningWeb;
  let logged = '';

  beforeEach(async () => {
    logged = '';
    const sink = new Writable({
      write(chunk, _encoding, done) {
        logged += chunk;
        done();
      },
    });
    web = await startWeb(
      { web: { port: 0, bind: '127.0.0.1', tokens, logCacheMs: 0 } },
      pino({ level: 'trace' }, sink),
    );
  });
  afterEach(() => web.close());

  it.each([
    '/',
    '/api/backfills',
    '/api/openapi.json',
    '/queues',
    '/queues/api/queues',
    '/readyz',
    '/nothing',
  ])('%s needs one', async (path) => {
    const reply = await web.get(path);
    expect([reply.status, reply.json.code]).toEqual([401, 'unauthenticated']);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  });

  it('the health check needs none', async () => {
    expect((await web.get('/healthz')).json).toEqual({ status: 'ok' });
  });

  it.each([
    ['another token', 'Bearer operator-token-2'],
    ['a longer one', 'Bearer operator-token-11'],
    ['an empty one', 'Bearer '],
    ['the name', 'Bearer ada'],
    ['no scheme', 'operator-token-1'],
    ['another scheme', 'Digest operator-token-1'],
  ])('%s is refused', async (_what, authorization) => {
    const reply = await web.get('/api/backfills', { authorization });
    expect([reply.status, reply.json.code]).toEqual([401, 'unauthenticated']);
  });

  it('a viewer may read and not write', async () => {
    expect((await web.get('/api/backfills', viewer)).status).toBe(200);
    for (const path of ['/api/backfills', `/api/backfills/${ID}/pause`, '/api/jobs/apply']) {
      const reply = await web.post(path, {}, viewer);
      expect([reply.status, reply.json.code]).toEqual([403, 'forbidden']);
    }
  });

  it('a viewer may ask what a backfill would do, which starts nothing', async () => {
    const asked = { job: 'nightly', dates: ['2024-06-03'] };
    const reply = await web.post('/api/backfills', { ...asked, dry_run: true }, viewer);
    // It got as far as the workspace, which this server does not have.
    expect(reply.json.code).toBe('configuration_invalid');
    for (const dry_run of [false, 'true', undefined, null]) {
      const refused = await web.post('/api/backfills', { ...asked, dry_run }, viewer);
      expect([refused.status, refused.json.details]).toEqual([403, { reason: 'viewer' }]);
    }
    const retry = await web.post('/api/retries', { dry_run: true }, viewer);
    expect([retry.status, retry.json.details]).toEqual([403, { reason: 'viewer' }]);
  });

  it('an operator may write', async () => {
    expect((await web.post(`/api/backfills/${ID}/pause`, undefined, operator)).status).toBe(404);
  });

  it('a password dialogue of the browser is no way in: it would be sent along with what other sites ask for', async () => {
    const authorization = `Basic ${Buffer.from('anyone:viewer-token-22').toString('base64')}`;
    const reply = await web.get('/', { authorization });
    expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="databricks-backfill"',
    ]);
  });

  it('a page of another web site may not write, whatever the browser adds', async () => {
    const reply = await web.post(`/api/backfills/${ID}/pause`, undefined, {
      ...operator,
      origin: 'https://example.com',
    });
    expect([reply.status, reply.json.code]).toEqual([403, 'forbidden']);
    const own = await web.post(`/api/backfills/${ID}/pause`, undefined, { ...operator, origin: web.url });
    expect(own.status).toBe(404);
  });

  it('no token gets into the log, and no health check either', async () => {
    await web.get('/api/backfills', operator);
    await web.get('/api/backfills', { authorization: 'Bearer wrong-token' });
    await web.get('/healthz');
    expect(logged).toContain('/api/backfills');
    expect(logged).not.toMatch(/operator-token-1|viewer-token-22|wrong-token|authorization|healthz/i);
  });

  it('they let the server bind other addresses', async () => {
    await web.close();
    web = await startWeb({ web: { port: 0, bind: '0.0.0.0', tokens, logCacheMs: 0 } });
    expect((await web.get('/healthz')).status).toBe(200);
  });
});

describe('Without tokens', () => {
  let web: RunningWeb;

  beforeEach(async () => {
    web = await startWeb();
  });
  afterEach(() => web.close());

  it('everybody on this machine may read and write', async () => {
    expect((await web.get('/api/backfills')).status).toBe(200);
    expect((await web.post(`/api/backfills/${ID}/resume`)).status).toBe(404);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1:3000'])(
    'a request that calls us %s is refused, for a web site may have led it here',
    async (host) => {
      expect(await statusAs(web.url, host)).toBe(403);
    },
  );

  it.each(['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]:3000'])(
    'one that calls us %s is served',
    async (host) => {
      expect(await statusAs(web.url, host)).toBe(200);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1'])('the server refuses to bind %s', async (bind) => {
    await expect(startWeb({ web: { port: 0, bind, tokens: [], logCacheMs: 0 } })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('BACKFILL_API_TOKENS'),
    });
  });
});

/** fetch sends no Host but its own. */
function statusAs(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${url}/api/backfills`, { headers: { host }, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}
