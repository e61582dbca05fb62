import {
  type Answer,
  type Asked,
  ask,
  OPERATOR_TOKEN,
  signedIn,
  tokens,
  VIEWER_TOKEN,
} from './access-clients.ts';
import { type RunningWeb, startWeb, webConfig } from './running-web.ts';

const ID = '0190aaaa-0000-7000-8000-000000000000';
const PROXY = '127.0.0.9';

/**
 * Who may do what: `read` is for viewers and operators, `write` for operators; a number is for everybody, and
 * the status that somebody without anything is answered. A new route fails the first test until it stands here.
 */
const ROUTES: Readonly<Record<string, 'read' | 'write' | number>> = {
  'GET /healthz': 200,
  'GET /sign-in.css': 200,
  'GET /sign-in': 200,
  'POST /sign-in': 400,
  'GET /sign-out': 303,
  'POST /sign-out': 303,
  'GET /sign-in/oidc': 503,
  'GET /sign-in/oidc/callback': 401,

  'GET /backfills/:id': 'read',
  'GET /readyz': 'read',
  'GET /api/openapi.json': 'read',
  'GET /api/session': 'read',
  'GET /api/backfills': 'read',
  'GET /api/backfills/:id': 'read',
  'GET /api/backfills/:id/dates': 'read',
  'GET /api/backfills/:id/events': 'read',
  'GET /api/coverage': 'read',
  'GET /api/log': 'read',
  'GET /api/overview': 'read',
  'GET /api/trends': 'read',
  'GET /metrics': 'read',
  'GET /api/log/summary': 'read',
  'GET /api/retries/analytics': 'read',
  'GET /api/retries/schedules': 'read',
  'GET /api/jobs': 'read',

  'POST /api/backfills': 'write',
  'PATCH /api/backfills/:id': 'write',
  'POST /api/backfills/:id/pause': 'write',
  'POST /api/backfills/:id/resume': 'write',
  'POST /api/backfills/:id/cancel': 'write',
  'POST /api/backfills/:id/retry': 'write',
  'POST /api/retries': 'write',
  'POST /api/jobs/apply': 'write',
  'POST /api/jobs/cleanup': 'write',
  'POST /api/jobs/delete': 'write',
};

/** The queue board has a router of its own, and the files of the page have no routes. */
const BEYOND_ROUTES: Readonly<Record<string, 'read' | 'write'>> = {
  'GET /': 'read',
  'GET /docs': 'read',
  'GET /icon.svg': 'read',
  'GET /assets/no-such-file.js': 'read',
  'GET /queues': 'read',
  'GET /queues/api/queues': 'read',
  'GET /queues/static/no-such-file.js': 'read',
  'PUT /queues/api/queues/pause': 'write',
};

/** What comes of a request: it passes on to its handler, or is refused for a reason. */
type Outcome = 'passes' | 'no_token' | 'viewer' | 'csrf_token' | 'other_site' | 'no_role';

/** A kind of caller, and what becomes of its reads and writes. */
type Case = [who: string, asked: () => Promise<Asked>, read: Outcome, write: Outcome];

let web: RunningWeb;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const byProxy =
  (headers: Record<string, string>, from = PROXY) =>
  async () => ({ headers, from });

/** Header of a session; `csrf` false leaves its token out. */
function withSession(token: string, csrf: boolean): () => Promise<Asked> {
  return async () => {
    const session = await signedIn(web.url, token);
    return { headers: { cookie: session.cookie, ...(csrf && { 'x-csrf-token': session.csrf }) } };
  };
}

const CASES: Case[] = [
  ['Nobody', async () => ({}), 'no_token', 'no_token'],
  ['A viewer with a token', async () => ({ headers: bearer(VIEWER_TOKEN) }), 'passes', 'viewer'],
  ['An operator with a token', async () => ({ headers: bearer(OPERATOR_TOKEN) }), 'passes', 'passes'],
  ['A viewer who has signed in', withSession(VIEWER_TOKEN, true), 'passes', 'viewer'],
  ['An operator who has signed in', withSession(OPERATOR_TOKEN, true), 'passes', 'passes'],
  ['A session without its CSRF token', withSession(OPERATOR_TOKEN, false), 'passes', 'csrf_token'],
  [
    'A page of another web site',
    async () => ({ headers: { ...bearer(OPERATOR_TOKEN), origin: 'https://example.com' } }),
    'passes',
    'other_site',
  ],
  [
    'A viewer whom the proxy let in',
    byProxy({ 'x-user': 'eve@example.com', 'x-groups': 'all, viewer' }),
    'passes',
    'viewer',
  ],
  [
    'An operator whom the proxy let in',
    byProxy({ 'x-user': 'eve@example.com', 'x-groups': 'all, operator' }),
    'passes',
    'passes',
  ],
  [
    'A user of the proxy without a role',
    byProxy({ 'x-user': 'eve', 'x-groups': 'all' }),
    'no_role',
    'no_role',
  ],
  ['The proxy without a user', byProxy({ 'x-groups': 'operator' }), 'no_token', 'no_token'],
  [
    'Somebody else with the headers of the proxy',
    byProxy({ 'x-user': 'eve', 'x-groups': 'operator', 'x-forwarded-for': PROXY }, '127.0.0.8'),
    'no_token',
    'no_token',
  ],
];

beforeEach(async () => {
  web = await startWeb({
    web: { ...webConfig().web, tokens },
    access: {
      ...webConfig().access,
      trustedProxy: {
        addresses: [PROXY],
        userHeader: 'x-user',
        roleHeader: 'x-groups',
        operatorValues: ['operator'],
        viewerValues: ['viewer'],
        defaultRole: null,
      },
      oidc: {
        issuer: 'http://127.0.0.1:1',
        clientId: 'backfill',
        clientSecret: null,
        scopes: ['openid'],
        nameClaim: 'email',
        roleClaim: 'groups',
        operatorValues: ['operators'],
        viewerValues: [],
      },
    },
  });
});
afterEach(() => web.close());

async function send(route: string, asked: Asked): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ');
  const headers = { ...(method !== 'GET' && { 'content-type': 'application/json' }), ...asked.headers };
  const body = method === 'GET' ? {} : { body: '{}' };
  return ask(`${web.url}${path.replace(':id', ID)}`, { ...asked, ...body, method, headers });
}

/** Status and reason are told apart from what a handler answers: no handler answers 401 or 403. */
function outcomeOf({ status, text }: Answer): string {
  if (status !== 401 && status !== 403) return 'passes';
  return String(JSON.parse(text).details.reason);
}

test('Every route has its place in the table', () => {
  const routes = web.routes.map(({ method, path }) => `${method} ${path}`);
  expect([...routes].sort()).toEqual(Object.keys(ROUTES).sort());
});

test('What everybody may ask is answered without anything', async () => {
  for (const [route, status] of Object.entries(ROUTES)) {
    if (typeof status !== 'number') continue;
    const asked = route.startsWith('POST')
      ? { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      : {};
    expect([route, (await send(route, asked)).status]).toEqual([route, status]);
  }
});

test.each(CASES)('%s', async (_who, prepare, read, write) => {
  const asked = await prepare();
  const outcomes: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [route, kind] of Object.entries({ ...ROUTES, ...BEYOND_ROUTES })) {
    if (typeof kind === 'number') continue;
    outcomes[route] = outcomeOf(await send(route, asked));
    expected[route] = kind === 'read' ? read : write;
  }
  expect(outcomes).toEqual(expected);
});
