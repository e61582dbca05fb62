import { Writable } from 'node:stream';
import { pino } from 'pino';
import { WebServer } from '../../dashboard/web-server.ts';
import { Secret } from '../../src/config/secret.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { logFacts } from '../../src/facts/fact-log.ts';
import {
  type Answer,
  ask,
  cookiesOf,
  OPERATOR_TOKEN,
  postForm,
  signedIn,
  tokens,
  VIEWER_TOKEN,
} from './access-clients.ts';
import { type RunningWeb, startWeb, webConfig } from './running-web.ts';

const PAUSE = '/api/backfills/0190aaaa-0000-7000-8000-000000000000/pause';
const PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let web: RunningWeb;
let logged = '';
const others: WebServer[] = [];

beforeEach(async () => {
  logged = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const logger = pino({ level: 'trace' }, sink);
  web = await startWeb({ web: { ...webConfig().web, tokens } }, logger);
  logFacts(web.facts, logger);
});
afterEach(async () => {
  await Promise.all(others.splice(0).map((server) => server.stop()));
  await web.close();
});

/** One more web process over the same Redis, with other tokens or the same. */
async function another(otherTokens = tokens): Promise<string> {
  const config = { ...web.config, web: { ...web.config.web, tokens: otherTokens } };
  const server = new WebServer({ config, facts: new FactBus(), logger: pino({ level: 'silent' }) });
  others.push(server);
  await server.start();
  return server.url;
}

const session = (cookie: string, url = web.url) => ask(`${url}/api/session`, { headers: { cookie } });
const trySignIn = (token: string, from?: string): Promise<Answer> =>
  postForm(`${web.url}/sign-in`, { token }, from === undefined ? {} : { from });

describe('A browser without a session', () => {
  it('that asks for a page is led to the sign-in, and from there to that page', async () => {
    const led = await ask(`${web.url}/?job=a&x=%2F`, { headers: PAGE });
    expect([led.status, led.headers.location]).toEqual([302, '/sign-in?next=%2F%3Fjob%3Da%26x%3D%252F']);
    const page = await ask(`${web.url}${led.headers.location}`, { headers: PAGE });
    const next = /name="next" value="([^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const entered = await postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN, next });
    expect([entered.status, entered.headers.location]).toEqual([303, '/?job=a&x=%2F']);
    const shown = await ask(`${web.url}${next}`, { headers: { ...PAGE, cookie: cookiesOf(entered) } });
    expect([shown.status, shown.headers['content-type']]).toEqual([
      200,
      expect.stringMatching(/^text\/html; ?charset=utf-8$/),
    ]);
  });

  it('gets JSON where it asks the API, whatever it accepts', async () => {
    const reply = await ask(`${web.url}/api/backfills`, { headers: PAGE });
    expect([reply.status, JSON.parse(reply.text).details]).toEqual([401, { reason: 'no_token' }]);
  });

  it('stays on the page after a wrong token, which the page does not repeat', async () => {
    const reply = await postForm(`${web.url}/sign-in`, { token: 'wrong"token', next: '/queues' });
    expect(reply.status).toBe(401);
    expect(reply.text).toContain('This token is not known.');
    expect(reply.text).toContain('value="/queues"');
    expect(reply.text).not.toContain('wrong');
    expect(reply.headers['set-cookie']).toBeUndefined();
  });

  it('cannot be signed in by a page of another web site', async () => {
    for (const headers of [
      { origin: 'https://example.com' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      const reply = await postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN }, { headers });
      expect([headers, reply.status, reply.headers['set-cookie']]).toEqual([headers, 403, undefined]);
    }
    const headers = { origin: web.url, 'sec-fetch-site': 'same-origin' };
    expect((await postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN }, { headers })).status).toBe(303);
  });
});

describe('A session', () => {
  it('is a cookie that scripts cannot read and other sites cannot write with', async () => {
    const [cookie = ''] = (await trySignIn(OPERATOR_TOKEN)).headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^backfill_session=[\w-]{43}; Max-Age=7200; Path=\/; .*HttpOnly; SameSite=Lax$/);
  });

  it('tells its page who looks at it, and writes with the token that it is told then', async () => {
    const { cookie, csrf } = await signedIn(web.url, OPERATOR_TOKEN);
    const told = JSON.parse((await session(cookie)).text);
    expect(told).toEqual({ name: 'ada', role: 'operator', via: 'session', csrf_token: csrf });
    const pause = (headers: Record<string, string>) =>
      ask(`${web.url}${PAUSE}`, { method: 'POST', headers: { cookie, ...headers } });
    const other = await signedIn(web.url, OPERATOR_TOKEN);
    for (const headers of [{}, { 'x-csrf-token': 'guess' }, { 'x-csrf-token': other.csrf }]) {
      const reply = await pause(headers as Record<string, string>);
      expect([reply.status, JSON.parse(reply.text).details]).toEqual([403, { reason: 'csrf_token' }]);
    }
    expect((await pause({ 'x-csrf-token': csrf })).status).toBe(404);
  });

  it('of a viewer may only read', async () => {
    const { cookie, csrf } = await signedIn(web.url, VIEWER_TOKEN);
    expect((await ask(`${web.url}/api/backfills`, { headers: { cookie } })).status).toBe(200);
    const headers = { cookie, 'x-csrf-token': csrf };
    const reply = await ask(`${web.url}${PAUSE}`, { method: 'POST', headers });
    expect([reply.status, JSON.parse(reply.text).details]).toEqual([403, { reason: 'viewer' }]);
  });

  it('holds for every web process', async () => {
    const { cookie } = await signedIn(web.url, VIEWER_TOKEN);
    expect((await session(cookie, await another())).status).toBe(200);
  });

  it('ends with the sign-out, also for a copy of its cookie', async () => {
    const { cookie, csrf } = await signedIn(web.url, OPERATOR_TOKEN);
    const page = await ask(`${web.url}/sign-out`, { headers: { cookie, ...PAGE } });
    expect(page.text).toContain('signed in as <strong>ada</strong>');
    const out = (fields: Record<string, string>) =>
      postForm(`${web.url}/sign-out`, fields, { headers: { cookie } });
    expect((await out({})).status).toBe(403);
    expect((await session(cookie)).status).toBe(200);
    const left = await out({ csrf_token: csrf });
    expect([left.status, left.headers.location]).toEqual([303, '/sign-in']);
    expect(left.headers['set-cookie']?.[0]).toMatch(/^backfill_session=;/);
    const reply = await session(cookie);
    expect([reply.status, JSON.parse(reply.text).details]).toEqual([401, { reason: 'session_ended' }]);
  });

  it('ends when nobody uses it for its idle time, and lasts while somebody does', async () => {
    const { cookie } = await signedIn(web.url, VIEWER_TOKEN);
    const [key = ''] = await web.redis.keys(`${web.config.redis.prefix}:session:*`);
    await web.redis.pexpire(key, 60_000);
    await session(cookie);
    expect(await web.redis.pttl(key)).toBeGreaterThan(3_500_000);
    await web.redis.pexpire(key, 0);
    expect((await session(cookie)).status).toBe(401);
  });

  it('ends some time after the sign-in, however much it is used', async () => {
    const { cookie } = await signedIn(web.url, VIEWER_TOKEN);
    const [key = ''] = await web.redis.keys(`${web.config.redis.prefix}:session:*`);
    const record = JSON.parse((await web.redis.get(key)) ?? '');
    expect(record.ends_at_ms).toBeGreaterThan(Date.now() + 7_000_000);
    await web.redis.set(key, JSON.stringify({ ...record, ends_at_ms: Date.now() }), 'PX', 60_000);
    expect((await session(cookie)).status).toBe(401);
    expect(await web.redis.exists(key)).toBe(0);
  });

  it.each([
    ['withdrawn', tokens.filter(({ name }) => name !== 'ada')],
    ['replaced', tokens.map((token) => ({ ...token, token: new Secret(`${token.token.reveal()}-new`) }))],
  ])('ends when its token is %s', async (_what, otherTokens) => {
    const { cookie } = await signedIn(web.url, OPERATOR_TOKEN);
    expect((await session(cookie, await another(otherTokens))).status).toBe(401);
  });

  it('has the role that its token has today', async () => {
    const { cookie } = await signedIn(web.url, OPERATOR_TOKEN);
    const url = await another(tokens.map((token) => ({ ...token, role: 'viewer' as const })));
    expect(JSON.parse((await session(cookie, url)).text).role).toBe('viewer');
  });

  it('is new with every sign-in, and the one before ends', async () => {
    const planted = `backfill_session=${'a'.repeat(43)}`;
    const first = cookiesOf(
      await postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN }, { headers: { cookie: planted } }),
    );
    expect(first).not.toBe(planted);
    const second = await postForm(
      `${web.url}/sign-in`,
      { token: VIEWER_TOKEN },
      { headers: { cookie: first } },
    );
    expect((await session(first)).status).toBe(401);
    expect((await session(cookiesOf(second))).status).toBe(200);
  });

  it('leaves nothing in Redis or the log that lets anybody in', async () => {
    const { cookie, csrf } = await signedIn(web.url, OPERATOR_TOKEN);
    await trySignIn('wrong-token');
    const names = await web.keyNames();
    const sessions = names.filter((name) => name.includes(':session:'));
    const values = await Promise.all(sessions.map((name) => web.redis.get(name)));
    const stored = [...names, ...values].join('\n');
    expect(sessions).toHaveLength(1);
    expect(logged).toContain('access.signed_in');
    for (const secret of [cookie.split('=')[1] ?? '', csrf, OPERATOR_TOKEN, 'wrong-token']) {
      expect(stored).not.toContain(secret);
      expect(logged).not.toContain(secret);
    }
  });
});
