import { pino } from 'pino';
import { WebServer } from '../../dashboard/web-server.ts';
import type { AccessConfig } from '../../src/config/access-config.ts';
import type { Fact } from '../../src/facts/fact.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import {
  type Answer,
  ask,
  OPERATOR_TOKEN,
  postForm,
  signedIn,
  tokens,
  VIEWER_TOKEN,
} from './access-clients.ts';
import { type RunningWeb, startWeb, webConfig } from './running-web.ts';

const PAUSE = '/api/backfills/0190aaaa-0000-7000-8000-000000000000/pause';
/** As many wrong tokens as an address may send within ten minutes. */
const ALLOWED = 20;
/** As many of all addresses together. */
const ALLOWED_IN_ALL = 300;

let web: RunningWeb;
let facts: Fact[] = [];

async function start(part: Partial<AccessConfig> = {}): Promise<void> {
  const access = { ...webConfig().access, ...part };
  web = await startWeb({ web: { ...webConfig().web, tokens }, access });
  facts = [];
  web.facts.subscribe((fact) => facts.push(fact));
}
afterEach(() => web.close());

const bearer = (token: string, from?: string): Promise<Answer> =>
  ask(`${web.url}/api/session`, {
    headers: { authorization: `Bearer ${token}` },
    ...(from !== undefined && { from }),
  });
const bodyOf = ({ text }: Answer) => JSON.parse(text);
const all = <T>(count: number, one: () => Promise<T>) => Promise.all(Array.from({ length: count }, one));

describe('Wrong tokens', () => {
  beforeEach(() => start());

  it('are limited by address, also when all come at once, and the answer says when to try again', async () => {
    const replies = await all(ALLOWED + 10, () => bearer('wrong'));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(ALLOWED);
    const [limited] = replies.filter(({ status }) => status === 429);
    expect(bodyOf(limited as Answer)).toMatchObject({
      code: 'too_many_requests',
      details: { reason: 'failed_sign_ins' },
    });
    const seconds = Number(limited?.headers['retry-after']);
    expect(seconds).toBeGreaterThan(500);
    expect(seconds).toBeLessThanOrEqual(600);
  });

  it('count together on the page and in the API, in every web process; then a right guess is refused too', async () => {
    await all(ALLOWED / 2, () => bearer('wrong'));
    await all(ALLOWED / 2, () => postForm(`${web.url}/sign-in`, { token: 'wrong' }));
    const page = await postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN });
    expect([page.status, page.headers['set-cookie']]).toEqual([429, undefined]);
    expect(page.text).toMatch(/Too many wrong tokens came from here. Try again in \d+ min./);
    expect((await bearer(OPERATOR_TOKEN)).status).toBe(429);

    const other = new WebServer({
      config: web.config,
      facts: new FactBus(),
      logger: pino({ level: 'silent' }),
    });
    await other.start();
    const there = await postForm(`${other.url}/sign-in`, { token: VIEWER_TOKEN });
    await other.stop();
    expect(there.status).toBe(429);
  });

  it('of one client shut out neither another address nor those who came with a right token before', async () => {
    const { cookie } = await signedIn(web.url, VIEWER_TOKEN);
    await bearer(OPERATOR_TOKEN);
    await all(ALLOWED + 1, () => bearer('wrong'));
    expect((await bearer(OPERATOR_TOKEN)).status).toBe(200);
    expect((await bearer(VIEWER_TOKEN, '127.0.0.2')).status).toBe(200);
    expect((await ask(`${web.url}/api/session`, { headers: { cookie } })).status).toBe(200);
  });

  it('are limited in all too, when they come from many addresses', async () => {
    await bearer('wrong', '127.0.1.1');
    const counter = `${web.keys.failedSignIns}:all`;
    expect(await web.redis.get(counter)).toBe('1');
    await web.redis.set(counter, ALLOWED_IN_ALL - 1, 'KEEPTTL');
    expect((await bearer('wrong', '127.0.1.2')).status).toBe(401);
    expect((await bearer('wrong', '127.0.1.3')).status).toBe(429);
    expect((await bearer(OPERATOR_TOKEN, '127.0.2.1')).status).toBe(429);
  });

  it('are told as facts, with the address and never the token', async () => {
    await bearer('wrong', '127.0.0.3');
    await postForm(`${web.url}/sign-in`, { token: 'wrong' });
    expect(facts).toEqual([
      {
        type: 'access.refused',
        caller: null,
        method: 'GET',
        path: '/api/session',
        reason: 'unknown_token',
        address: '127.0.0.3',
      },
      { type: 'access.sign_in_failed', with: 'token', reason: 'unknown_token', address: '127.0.0.1' },
    ]);
  });
});

test('Right tokens never count, however often they come', async () => {
  await start();
  const replies = await all(ALLOWED + 10, () => bearer(OPERATOR_TOKEN));
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  const entered = await all(ALLOWED + 10, () => postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN }));
  expect(entered.every(({ status }) => status === 303)).toBe(true);
  expect((await bearer('wrong')).status).toBe(401);
});

test('A caller who asks without a pause is held back, and health checks and other callers are not', async () => {
  await start({ requestsPerMinute: 5 });
  const replies = await all(8, () => bearer(OPERATOR_TOKEN));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(5);
  const [held] = replies.filter(({ status }) => status === 429);
  expect(bodyOf(held as Answer).message).toContain('backfill.web.requests_per_minute');
  expect(Number(held?.headers['retry-after'])).toBeGreaterThan(0);
  expect((await bearer(VIEWER_TOKEN)).status).toBe(200);
  const health = await all(10, () => ask(`${web.url}/healthz`));
  expect(health.every(({ status }) => status === 200)).toBe(true);
});

describe('Who did what', () => {
  beforeEach(() => start());

  it('is told of sign-in, sign-out and refusal', async () => {
    const { cookie, csrf } = await signedIn(web.url, VIEWER_TOKEN);
    const headers = { cookie, 'x-csrf-token': csrf };
    await ask(`${web.url}${PAUSE}`, { method: 'POST', headers });
    await ask(`${web.url}/sign-out`, { method: 'POST', headers });
    const address = '127.0.0.1';
    expect(facts).toEqual([
      { type: 'access.signed_in', caller: 'bob', role: 'viewer', with: 'token', address },
      { type: 'access.refused', caller: 'bob', method: 'POST', path: PAUSE, reason: 'viewer', address },
      { type: 'access.signed_out', caller: 'bob', address },
    ]);
  });

  it('is no news for reads, for failed writes, and for those who just lack a token', async () => {
    await ask(`${web.url}/`);
    await bearer(OPERATOR_TOKEN);
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    await ask(`${web.url}${PAUSE}`, { method: 'POST', headers });
    expect(facts).toEqual([]);
  });
});
