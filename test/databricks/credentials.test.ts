import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret.ts';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { failureOf } from './failure-of.ts';
import { ScriptedClients, TOKEN } from './scripted-client.ts';
import { ScriptedWorkspace } from './scripted-workspace.ts';

let clients: ScriptedClients;

beforeEach(async () => {
  clients = await ScriptedClients.start();
});

afterEach(async () => {
  await clients.close();
});

describe('reaching the workspace', () => {
  test('a certificate of an unknown authority is refused, and the message says how to trust it', async () => {
    const failure = await failureOf(clients.connect({ caCert: null }).jobs.getRun('7'));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'certificate' } });
    expect(failure.message).toContain('BACKFILL_CA_CERT');
    expect(clients.workspace.requests).toEqual([]);
  });

  test('an authority that is no certificate is refused at once', () => {
    expect(() => clients.connect({ caCert: 'not a certificate' })).toThrow(/BACKFILL_CA_CERT/);
  });

  test('a host that is down is named', async () => {
    const down = await ScriptedWorkspace.start();
    await down.close();
    const failure = await failureOf(clients.connect({ host: down.url, retryWindowMs: 0 }).me());
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'connection' } });
    expect(failure.message).toContain(`${new URL(down.url).host} (ECONNREFUSED)`);
  });

  test('a host that does not exist is named', async () => {
    const failure = await failureOf(
      clients.connect({ host: 'https://no-such-host.invalid', retryWindowMs: 0 }).me(),
    );
    expect(failure.code).toBe('workspace_unavailable');
    expect(failure.message).toContain('no-such-host.invalid');
  });
});

describe('credentials', () => {
  const DISCOVERY = '/oidc/.well-known/oauth-authorization-server';
  const TOKEN_ENDPOINT = '/oidc/v1/token';
  const ME = '/api/2.0/preview/scim/v2/Me';
  const SECRET = 'dose-not-to-be-seen';

  function connectAsPrincipal(): WorkspaceClient {
    clients.workspace.answer(DISCOVERY, {
      body: { token_endpoint: `${clients.workspace.url}${TOKEN_ENDPOINT}` },
    });
    const auth = { kind: 'oauth-m2m' as const, clientId: 'app', clientSecret: new Secret(SECRET) };
    return clients.connect({ auth });
  }

  const granted = (access_token: string, expires_in = 3600) => ({
    body: { access_token, token_type: 'Bearer', expires_in },
  });

  test('a personal token is sent as it is', async () => {
    clients.workspace.answer(ME, { body: { userName: 'ann@example.test' } });
    expect(await clients.connect().me()).toEqual({ userName: 'ann@example.test' });
    expect(clients.workspace.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('a service principal fetches one token for all concurrent calls', async () => {
    const client = connectAsPrincipal();
    clients.workspace.answer(TOKEN_ENDPOINT, granted('t1'));
    clients.workspace.answer(ME, { body: { userName: 'app' } });
    await Promise.all([client.me(), client.me(), client.authorization()]);
    const [request, ...more] = clients.workspace.to(TOKEN_ENDPOINT);
    expect(more).toEqual([]);
    expect(request?.body).toBe('grant_type=client_credentials&scope=all-apis');
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from(`app:${SECRET}`).toString('base64')}`);
    expect(clients.workspace.to(ME).map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t1',
      'Bearer t1',
    ]);
  });

  test('a token that is about to expire is renewed before it is used', async () => {
    const client = connectAsPrincipal();
    clients.workspace.answer(TOKEN_ENDPOINT, granted('t1', 0), granted('t2'));
    expect(await client.authorization()).toBe('Bearer t1');
    expect(await client.authorization()).toBe('Bearer t2');
    expect(await client.authorization()).toBe('Bearer t2');
    expect(clients.workspace.to(DISCOVERY)).toHaveLength(1);
  });

  test('a token that is refused is renewed once, and the call succeeds', async () => {
    const client = connectAsPrincipal();
    clients.workspace.answer(TOKEN_ENDPOINT, granted('t1'), granted('t2'));
    clients.workspace.answer(ME, { status: 401, body: {} }, { body: { userName: 'app' } });
    expect(await client.me()).toEqual({ userName: 'app' });
    expect(clients.workspace.to(ME).map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t1',
      'Bearer t2',
    ]);
  });

  test('a principal that is refused for good is told so after one renewal', async () => {
    const client = connectAsPrincipal();
    clients.workspace.answer(TOKEN_ENDPOINT, granted('t1'), granted('t2'));
    clients.workspace.answer(ME, { status: 401, body: {} });
    expect((await failureOf(client.me())).code).toBe('workspace_unauthenticated');
    expect(clients.workspace.to(ME)).toHaveLength(2);
  });

  test('a wrong client secret names the variables to check and shows no secret', async () => {
    const client = connectAsPrincipal();
    const body = { error: 'invalid_client', error_description: `Secret ${SECRET} is wrong` };
    clients.workspace.answer(TOKEN_ENDPOINT, { status: 401, body });
    const failure = await failureOf(client.me());
    expect(failure.code).toBe('workspace_unauthenticated');
    expect(failure.message).toContain('DATABRICKS_CLIENT_SECRET');
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  test('a token endpoint that is down for a moment is tried again', async () => {
    const client = connectAsPrincipal();
    clients.workspace.answer(TOKEN_ENDPOINT, { status: 503, body: {} }, granted('t1'));
    expect(await client.authorization()).toBe('Bearer t1');
  });
});
