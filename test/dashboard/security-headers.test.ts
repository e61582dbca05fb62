import { ask, postForm, tokens, VIEWER_TOKEN } from './access-clients.ts';
import { type RunningWeb, startWeb, webConfig } from './running-web.ts';

const PROXY = '127.0.0.9';
const overTls = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'backfill.example.com' };

let web: RunningWeb;

beforeEach(async () => {
  web = await startWeb({
    web: { ...webConfig().web, tokens },
    access: {
      ...webConfig().access,
      trustedProxy: {
        addresses: [PROXY],
        userHeader: null,
        roleHeader: null,
        operatorValues: [],
        viewerValues: [],
        defaultRole: null,
      },
    },
  });
});
afterEach(() => web.close());

const signIn = (from: string, headers: Record<string, string>) =>
  postForm(`${web.url}/sign-in`, { token: VIEWER_TOKEN }, { from, headers });

test.each(['/healthz', '/sign-in', '/sign-in.css', '/', '/queues', '/api/session', '/no-such-page'])(
  'The answer to %s may not be framed, guessed at or load from elsewhere',
  async (path) => {
    const { headers } = await ask(`${web.url}${path}`);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    });
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['strict-transport-security']).toBeUndefined();
  },
);

test('A browser that has the page already is told the policy of the page again, not the strict one', async () => {
  const headers = { authorization: `Bearer ${VIEWER_TOKEN}` };
  for (const path of ['/', '/docs']) {
    const first = await ask(`${web.url}${path}`, { headers });
    const again = await ask(`${web.url}${path}`, {
      headers: { ...headers, 'if-none-match': String(first.headers.etag) },
    });
    expect([path, first.status, again.status]).toEqual([path, 200, 304]);
    expect(again.headers['content-security-policy']).toContain("script-src 'self'");
    expect(again.headers['content-security-policy']).toBe(first.headers['content-security-policy']);
  }
  const missing = await ask(`${web.url}/assets/no-such-file.js`, { headers });
  expect([missing.status, missing.headers['cache-control']]).toEqual([404, 'no-cache']);
});

test('Behind a trusted proxy with TLS the cookie is for TLS and this host only, and browsers stay with TLS', async () => {
  const origin = 'https://backfill.example.com';
  const { status, headers } = await signIn(PROXY, { ...overTls, origin });
  const [cookie = ''] = headers['set-cookie'] ?? [];
  expect(status).toBe(303);
  expect(cookie).toMatch(
    /^__Host-backfill_session=[\w-]{43}; Max-Age=7200; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
  );
  expect(headers['strict-transport-security']).toBe('max-age=15552000');
  const shown = await ask(`${web.url}/api/session`, {
    from: PROXY,
    headers: { ...overTls, cookie: cookie.split(';', 1)[0] ?? '' },
  });
  expect(JSON.parse(shown.text).name).toBe('bob');
});

test('What anybody else says about TLS and the host does not count', async () => {
  const { headers } = await signIn('127.0.0.8', overTls);
  expect(headers['set-cookie']?.[0]).toMatch(/^backfill_session=/);
  const forged = await signIn('127.0.0.8', { ...overTls, origin: 'https://backfill.example.com' });
  expect(forged.status).toBe(403);
});
