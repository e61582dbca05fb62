import { eventually } from '../harness/eventually.ts';
import { RestWorkspace } from './rest-workspace.ts';

let open: RestWorkspace;
let guarded: RestWorkspace;

beforeAll(async () => {
  [open, guarded] = await Promise.all([RestWorkspace.start(), RestWorkspace.start({ token: 'only-this' })]);
});
afterAll(() => Promise.all([open.stop(), guarded.stop()]));

const ME = '/api/2.0/preview/scim/v2/Me';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
const FORM = 'grant_type=client_credentials&scope=all-apis';

describe('Access to the emulator', () => {
  test('Any bearer token will do, but there must be one', async () => {
    expect((await open.get(ME, bearer('anything'))).body.userName).toBe('emulator@example.com');
    for (const headers of [{}, { authorization: 'Bearer ' }, basic('user:password')]) {
      const { status, body } = await open.get(ME, headers);
      expect([status, body.error_code]).toEqual([401, 401]);
    }
  });

  test('With --token every other token is refused, for REST and for SQL', async () => {
    expect((await guarded.get(ME, bearer('only-this'))).status).toBe(200);
    const refused = [
      await guarded.get(ME, bearer('other')),
      await guarded.post('/sql/1.0/warehouses/local', 'thrift', bearer('other')),
    ];
    for (const { status, body } of refused) {
      expect([status, body]).toEqual([403, { error_code: 403, message: 'Invalid access token.' }]);
    }
  });

  test('A client gets a token from the discovered endpoint and may call with it', async () => {
    const discovery = await guarded.get('/oidc/.well-known/oauth-authorization-server', {});
    const { pathname } = new URL(discovery.body.token_endpoint);
    const { body } = await guarded.post(pathname, FORM, basic('client:secret'));
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'all-apis' });
    expect((await guarded.get(ME, bearer(body.access_token))).status).toBe(200);
  });

  test('A token of the OAuth endpoint expires', async () => {
    await open.emulator.local.config({ oauth_token_ttl_seconds: 1 });
    const { body } = await open.post('/oidc/v1/token', FORM, basic('client:secret'));
    expect(body.expires_in).toBe(1);
    const { status } = await eventually(
      () => open.get(ME, bearer(body.access_token)),
      (reply) => reply.status !== 200,
    );
    expect(status).toBe(401);
  });

  test('A configured OAuth client is the only one', async () => {
    const oauth_client = { client_id: 'me', client_secret: 's3cret' };
    await guarded.emulator.local.config({ oauth_client });
    const wrong = await guarded.post('/oidc/v1/token', FORM, basic('me:guess'));
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
    expect((await guarded.post('/oidc/v1/token', FORM, basic('me:s3cret'))).status).toBe(200);
    await guarded.emulator.local.config({ oauth_client: null });
  });

  test('An unknown call is 501 and named', async () => {
    const { status, body } = await open.post('/api/2.2/jobs/runs/submit', {});
    expect([status, body.message]).toEqual([
      501,
      'The emulator does not implement POST /api/2.2/jobs/runs/submit.',
    ]);
  });

  test('Control calls need no token and refuse what they do not know', async () => {
    expect((await guarded.get('/_local/ledger', {})).status).toBe(200);
    const { status, body } = await guarded.post('/_local/config', { run_duration: 5 }, {});
    expect([status, body.message]).toEqual([400, expect.stringContaining('run_duration')]);
  });

  test('A configuration call changes what it names and leaves the rest', async () => {
    await open.emulator.local.config({ start_delay_ms: 5 });
    await open.emulator.local.config({ workspace_max_active_runs: 7 });
    const { body } = await open.get('/_local/config', {});
    expect(body).toMatchObject({ start_delay_ms: 5, workspace_max_active_runs: 7 });
  });
});
