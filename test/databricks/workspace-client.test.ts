import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret.ts';
import { WorkspaceClient, type WorkspaceClientOptions } from '../../src/databricks/workspace-client.ts';
import type { RequestFact } from '../../src/databricks/workspace-connection.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { ScriptedWorkspace } from './scripted-workspace.ts';

const TOKEN = 'dapi-not-to-be-seen';
const BIG_JOB = '8800000000000000001';
const BIG_RUN = '9007199254740993';

const GET = '/api/2.2/jobs/get';
const RUN_NOW = '/api/2.2/jobs/run-now';
const GET_RUN = '/api/2.2/jobs/runs/get';

let workspace: ScriptedWorkspace;
let clients: WorkspaceClient[];

beforeEach(async () => {
  workspace = await ScriptedWorkspace.start();
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await workspace.close();
});

function connect(options: Partial<WorkspaceClientOptions> = {}): WorkspaceClient {
  const auth = { kind: 'pat' as const, token: new Secret(TOKEN) };
  const client = new WorkspaceClient({ host: workspace.url, auth, caCert: workspace.caCert, ...options });
  clients.push(client);
  return client;
}

async function failureOf(call: Promise<unknown>): Promise<BackfillError> {
  const failure: unknown = await call.then(
    () => 'the call succeeded',
    (thrown) => thrown,
  );
  if (!(failure instanceof BackfillError))
    throw new Error(`Expected a BackfillError, got ${inspect(failure)}`);
  return failure;
}

describe('ids above 2^53', () => {
  test('arrive as strings with every digit', async () => {
    workspace.answer(GET_RUN, {
      body: `{"run_id":${BIG_RUN},"job_id":${BIG_JOB},"tasks":[{"run_id":9007199254740995,"task_key":"t"}]}`,
    });
    const run = await connect().jobs.getRun(BIG_RUN);
    expect(run).toMatchObject({ runId: BIG_RUN, jobId: BIG_JOB });
    expect(run.tasks).toEqual([{ runId: '9007199254740995', taskKey: 't', failed: false }]);
  });

  test('are sent as plain integers with every digit', async () => {
    workspace.answer(RUN_NOW, { body: `{"run_id":${BIG_RUN},"number_in_job":${BIG_RUN}}` });
    const started = await connect().jobs.runNow({
      jobId: BIG_JOB,
      jobParameters: { position_date: '2024-06-03' },
      idempotencyToken: 'token-1',
      queueEnabled: true,
    });
    expect(started).toEqual({ runId: BIG_RUN });
    expect(workspace.requests[0]?.body).toBe(
      `{"job_id":${BIG_JOB},"idempotency_token":"token-1","job_parameters":{"position_date":"2024-06-03"},"queue":{"enabled":true}}`,
    );
  });

  test('an id that is no number is refused before anything is sent', async () => {
    const failure = await failureOf(connect().jobs.getRun('1; DROP'));
    expect(failure.code).toBe('invalid_request');
    expect(workspace.requests).toEqual([]);
  });
});

describe('jobs and runs', () => {
  test('a job has its defaults, and all its tasks from every page', async () => {
    workspace.answer(
      GET,
      {
        body: {
          job_id: 5,
          created_time: 17,
          settings: {
            name: 'etl',
            tasks: [{ task_key: 'a', max_retries: 3, min_retry_interval_millis: 60_000 }],
          },
          next_page_token: 'page-2',
        },
      },
      { body: { job_id: 5, settings: { name: 'etl', tasks: [{ task_key: 'b', timeout_seconds: 9 }] } } },
    );
    const job = await connect().jobs.get('5');
    expect(job).toMatchObject({ jobId: '5', createdTimeMs: 17, creatorUserName: null });
    expect(job.settings).toMatchObject({
      name: 'etl',
      maxConcurrentRuns: 1,
      queueEnabled: false,
      parameters: [],
    });
    expect(job.settings.tasks).toEqual([
      {
        taskKey: 'a',
        maxRetries: 3,
        minRetryIntervalMs: 60_000,
        retryOnTimeout: false,
        timeoutSeconds: 0,
        notebookBaseParameters: {},
      },
      expect.objectContaining({ taskKey: 'b', timeoutSeconds: 9 }),
    ]);
    expect(job.rawSettings.tasks).toHaveLength(2);
    expect(workspace.to(GET)[1]?.query).toEqual({ job_id: '5', page_token: 'page-2' });
  });

  test('the list of jobs is read to its last page, which may be empty', async () => {
    workspace.answer(
      '/api/2.2/jobs/list',
      { body: { jobs: [{ job_id: 5, settings: { name: 'etl' } }], next_page_token: 'p' } },
      { body: { has_more: false } },
    );
    const jobs = await connect().jobs.list({ name: 'etl' });
    expect(jobs.map((job) => job.jobId)).toEqual(['5']);
    expect(workspace.requests.map(({ query }) => query.name)).toEqual(['etl', 'etl']);
  });

  test('a page of runs never asks for more than the API gives', async () => {
    workspace.answer('/api/2.2/jobs/runs/list', { body: { next_page_token: 'p' } });
    const page = await connect().jobs.listRuns({ jobId: BIG_JOB, activeOnly: true, limit: 500 });
    expect(page).toEqual({ runs: [], nextPageToken: 'p' });
    expect(workspace.requests[0]?.query).toEqual({ job_id: BIG_JOB, active_only: 'true', limit: '24' });
  });

  test('a run shows the parameters it was started with, job parameters over notebook parameters', async () => {
    workspace.answer(GET_RUN, {
      body: {
        run_id: 1,
        job_id: 5,
        start_time: 100,
        end_time: 400,
        run_duration: 250,
        overriding_parameters: { notebook_params: { position_date: 'old', mode: 'full' } },
        job_parameters: [
          { name: 'position_date', default: '', value: '2024-06-03' },
          { name: 'region', default: 'eu' },
        ],
        status: {
          state: 'TERMINATED',
          termination_details: { code: 'SUCCESS', type: 'SUCCESS', message: '' },
        },
      },
    });
    expect(await connect().jobs.getRun('1')).toMatchObject({
      parameters: { position_date: '2024-06-03', mode: 'full', region: 'eu' },
      startTimeMs: 100,
      endTimeMs: 400,
      runDurationMs: 250,
      outcome: { kind: 'succeeded', warning: null },
    });
  });

  test('the output of a task has its error, its trace and its result', async () => {
    workspace.answer('/api/2.2/jobs/runs/get-output', {
      body: { error: 'boom', error_trace: 'line 1', notebook_output: { result: '' }, metadata: {} },
    });
    expect(await connect().jobs.getRunOutput('1')).toEqual({
      error: 'boom',
      errorTrace: 'line 1',
      result: null,
    });
  });

  test('an empty answer with status 200 is a success', async () => {
    workspace.answer('/api/2.2/jobs/runs/cancel', {});
    await expect(connect().jobs.cancelRun('1')).resolves.toBeUndefined();
  });
});

describe('notebooks and warehouses', () => {
  test('a notebook is sent and read back with its text unharmed', async () => {
    const source = '-- Databricks notebook source\nSELECT "é";\n';
    const content = Buffer.from(source).toString('base64');
    workspace.answer('/api/2.0/workspace/import', {});
    workspace.answer('/api/2.0/workspace/export', { body: { content } });
    const { files } = connect();
    await files.importNotebook({ path: '/Shared/n', language: 'SQL', source });
    expect(JSON.parse(workspace.requests[0]?.body ?? '')).toMatchObject({ content, overwrite: true });
    expect(await files.exportNotebook('/Shared/n')).toBe(source);
  });

  test('a path where nothing is has no status', async () => {
    workspace.answer('/api/2.0/workspace/get-status', {
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: "Path (/Shared/n) doesn't exist." },
    });
    expect(await connect().files.getStatus('/Shared/n')).toBeNull();
  });

  test('warehouses are listed with their state', async () => {
    workspace.answer('/api/2.0/sql/warehouses', {
      body: { warehouses: [{ id: 'abc', name: 'w', state: 'STOPPED' }] },
    });
    expect(await connect().warehouses.list()).toEqual([{ warehouseId: 'abc', name: 'w', state: 'STOPPED' }]);
  });
});

describe('refusals', () => {
  test.each([
    [400, 'INVALID_PARAMETER_VALUE', 'Run 7 does not exist.', 'workspace_not_found'],
    [404, 'RESOURCE_DOES_NOT_EXIST', 'Run 7 does not exist.', 'workspace_not_found'],
    [403, 'PERMISSION_DENIED', 'Run 7 does not exist or you lack permission.', 'workspace_not_found'],
    [403, 'PERMISSION_DENIED', 'You may not view run 7.', 'workspace_forbidden'],
    [403, '403', 'Invalid access token.', 'workspace_unauthenticated'],
    [400, 'INVALID_PARAMETER_VALUE', 'Unknown parameter.', 'workspace_rejected'],
    [401, 'UNAUTHENTICATED', 'Invalid token.', 'workspace_unauthenticated'],
    [501, 'NOT_IMPLEMENTED', 'No such API.', 'workspace_rejected'],
  ])('%i %s "%s" is %s', async (status, error_code, message, code) => {
    workspace.answer(GET_RUN, { status, body: { error_code, message } });
    const failure = await failureOf(connect().jobs.getRun('7'));
    expect(failure.code).toBe(code);
    expect(failure.details).toEqual({ status, error_code, path: GET_RUN });
    expect(failure.message).toContain(message);
    expect(failure.message).toContain(new URL(workspace.url).host);
    expect(workspace.requests).toHaveLength(1);
  });

  test.each([
    'The run 77 created with idempotency token abc was deleted.',
    'The run with the provided idempotency token has been deleted: run 77 does not exist.',
  ])('a token whose run was deleted can be told from every other refusal: %s', async (message) => {
    workspace.answer(RUN_NOW, { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message } });
    const failure = await failureOf(connect().jobs.runNow({ jobId: '5', idempotencyToken: 'abc' }));
    expect(failure).toMatchObject({ code: 'workspace_rejected', details: { reason: 'run_deleted' } });
  });

  test('a deleted job is not taken for a deleted run', async () => {
    const body = { error_code: 'INVALID_STATE', message: 'Cannot run job 5: it was deleted.' };
    workspace.answer(RUN_NOW, { status: 400, body });
    const failure = await failureOf(connect().jobs.runNow({ jobId: '5', idempotencyToken: 'abc' }));
    expect(failure.details.reason).toBeUndefined();
  });

  test.each([
    ['the SCIM shape', { detail: 'No user.', status: '404', scimType: 'noTarget' }, 'noTarget', 'No user.'],
    [
      'the OAuth shape',
      { error: 'invalid_scope', error_description: 'Bad scope.' },
      'invalid_scope',
      'Bad scope.',
    ],
    ['a number as code', { error_code: 1001, message: 'Old.' }, '1001', 'Old.'],
    ['plain text', 'MALFORMED_REQUEST: Bad body.', 'MALFORMED_REQUEST', 'Bad body.'],
    ['nothing', '', null, '(400)'],
  ])('an error body in %s is understood', async (_, body, errorCode, text) => {
    workspace.answer(GET_RUN, { status: 400, body });
    const failure = await failureOf(connect().jobs.getRun('7'));
    expect(failure.details.error_code).toBe(errorCode);
    expect(failure.message).toContain(text);
  });

  test('no refusal shows the token, even if the workspace repeats it', async () => {
    workspace.answer(GET_RUN, { status: 401, body: { error_code: 'X', message: `Bad token ${TOKEN}` } });
    const failure = await failureOf(connect().jobs.getRun('7'));
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(TOKEN);
    expect(failure.message).toContain('Bad token [secret]');
  });
});

describe('answers that are not the API', () => {
  test('an HTML page with status 200 is unreadable, with what to check', async () => {
    workspace.answer(GET_RUN, {
      headers: { 'content-type': 'text/html' },
      body: '<!DOCTYPE html><p>Sign in',
    });
    const failure = await failureOf(connect().jobs.getRun('7'));
    expect(failure.code).toBe('workspace_unreadable');
    expect(failure.message).toMatch(/HTML page; check that DATABRICKS_HOST/);
  });

  test('a redirect to a login page is unreadable and is not followed', async () => {
    const location = 'https://login.example.test/private-link?secret=1';
    workspace.answer(GET_RUN, { status: 303, headers: { location } });
    const failure = await failureOf(connect().jobs.getRun('7'));
    expect(failure.code).toBe('workspace_unreadable');
    expect(failure.message).toContain('a redirect to https://login.example.test;');
  });

  test('JSON cut short is unreadable', async () => {
    workspace.answer(GET_RUN, { body: '{"run_id": 7' });
    expect((await failureOf(connect().jobs.getRun('7'))).code).toBe('workspace_unreadable');
  });

  test('JSON of another shape is unreadable and names the field', async () => {
    workspace.answer(GET_RUN, { body: { run_id: 'seven', job_id: 1 } });
    const failure = await failureOf(connect().jobs.getRun('7'));
    expect(failure.code).toBe('workspace_unreadable');
    expect(failure.message).toContain('run_id');
  });
});

describe('trying again', () => {
  const good = { body: { run_id: 7, job_id: 5, status: { state: 'RUNNING' } } };

  test.each([429, 503])('%i waits for the seconds of Retry-After', async (status) => {
    workspace.answer(GET_RUN, { status, headers: { 'retry-after': '1' }, body: {} }, good);
    const startedMs = Date.now();
    expect((await connect().jobs.getRun('7')).phase).toBe('running');
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(950);
    expect(workspace.requests).toHaveLength(2);
  });

  test('a Retry-After that is a date is passed on when it lies beyond the window', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    workspace.answer(GET_RUN, { status: 429, headers: { 'retry-after': date }, body: {} });
    const failure = await failureOf(connect({ retryWindowMs: 5_000 }).jobs.getRun('7'));
    expect(failure.code).toBe('workspace_throttled');
    expect(failure.retryAfterMs).toBeGreaterThan(80_000);
    expect(failure.retryAfterMs).toBeLessThanOrEqual(90_000);
    expect(workspace.requests).toHaveLength(1);
  });

  test.each([500, 502, 504])('%i is tried again for a read', async (status) => {
    workspace.answer(GET_RUN, { status, body: '<html>bad gateway</html>' }, good);
    expect((await connect().jobs.getRun('7')).runId).toBe('7');
  });

  test.each([500, 502, 504])('%i is not tried again for a start', async (status) => {
    workspace.answer(RUN_NOW, { status, body: {} });
    const failure = await failureOf(connect().jobs.runNow({ jobId: '5', idempotencyToken: 't' }));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { status } });
    expect(workspace.requests).toHaveLength(1);
  });

  test('a start whose answer was lost is sent again with the same token', async () => {
    workspace.answer(RUN_NOW, { reset: true }, { body: { run_id: 7 } });
    expect(await connect().jobs.runNow({ jobId: '5', idempotencyToken: 't' })).toEqual({ runId: '7' });
    const tokens = workspace.requests.map(({ body }) => JSON.parse(body).idempotency_token);
    expect(tokens).toEqual(['t', 't']);
  });

  test('a creation whose answer was lost is not repeated', async () => {
    workspace.answer('/api/2.2/jobs/create', { reset: true });
    const failure = await failureOf(connect().jobs.create({ name: 'etl' }));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'connection' } });
    expect(workspace.requests).toHaveLength(1);
  });

  test('a window of 0 means one try', async () => {
    workspace.answer(GET_RUN, { status: 503, body: {} });
    await failureOf(connect({ retryWindowMs: 0 }).jobs.getRun('7'));
    expect(workspace.requests).toHaveLength(1);
  });

  test('one call can have a window of its own', async () => {
    workspace.answer(RUN_NOW, { status: 429, body: {} });
    const start = connect().jobs.runNow({ jobId: '5', idempotencyToken: 't' }, { retryWindowMs: 0 });
    expect((await failureOf(start)).code).toBe('workspace_throttled');
    expect(workspace.requests).toHaveLength(1);
  });

  test('every try is told to whoever counts them', async () => {
    const facts: RequestFact[] = [];
    workspace.answer(GET_RUN, { status: 503, body: {} }, { reset: true }, good);
    await connect({ onRequest: (fact) => facts.push(fact) }).jobs.getRun('7');
    expect(facts.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', GET_RUN, 503],
      ['GET', GET_RUN, null],
      ['GET', GET_RUN, 200],
    ]);
  });
});

describe('time limits', () => {
  test('a workspace that does not answer is given up in time', async () => {
    workspace.answer(GET_RUN, { hold: true });
    const failure = await failureOf(connect({ requestTimeoutMs: 100, retryWindowMs: 0 }).jobs.getRun('7'));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'timeout' } });
    expect(failure.message).toContain('within 0.1 s');
  });

  test('a caller can stop waiting for an answer', async () => {
    workspace.answer(GET_RUN, { hold: true });
    const stop = new AbortController();
    const call = connect().jobs.getRun('7', { signal: stop.signal });
    stop.abort(new Error('handing over'));
    await expect(call).rejects.toThrow('handing over');
  });

  test('a caller can stop waiting for the next try', async () => {
    const stop = new AbortController();
    workspace.answer(GET_RUN, { status: 503, headers: { 'retry-after': '20' }, body: {} });
    const onRequest = () => setImmediate(() => stop.abort(new Error('handing over')));
    const call = connect({ onRequest }).jobs.getRun('7', { signal: stop.signal });
    await expect(call).rejects.toThrow('handing over');
  });
});

describe('reaching the workspace', () => {
  test('a certificate of an unknown authority is refused, and the message says how to trust it', async () => {
    const failure = await failureOf(connect({ caCert: null }).jobs.getRun('7'));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'certificate' } });
    expect(failure.message).toContain('BACKFILL_CA_CERT');
    expect(workspace.requests).toEqual([]);
  });

  test('an authority that is no certificate is refused at once', () => {
    expect(() => connect({ caCert: 'not a certificate' })).toThrow(/BACKFILL_CA_CERT/);
  });

  test('a host that is down is named', async () => {
    const down = await ScriptedWorkspace.start();
    await down.close();
    const failure = await failureOf(connect({ host: down.url, retryWindowMs: 0 }).me());
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'connection' } });
    expect(failure.message).toContain(`${new URL(down.url).host} (ECONNREFUSED)`);
  });

  test('a host that does not exist is named', async () => {
    const failure = await failureOf(connect({ host: 'https://no-such-host.invalid', retryWindowMs: 0 }).me());
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
    workspace.answer(DISCOVERY, { body: { token_endpoint: `${workspace.url}${TOKEN_ENDPOINT}` } });
    const auth = { kind: 'oauth-m2m' as const, clientId: 'app', clientSecret: new Secret(SECRET) };
    return connect({ auth });
  }

  const granted = (access_token: string, expires_in = 3600) => ({
    body: { access_token, token_type: 'Bearer', expires_in },
  });

  test('a personal token is sent as it is', async () => {
    workspace.answer(ME, { body: { userName: 'ann@example.test' } });
    expect(await connect().me()).toEqual({ userName: 'ann@example.test' });
    expect(workspace.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('a service principal fetches one token for all concurrent calls', async () => {
    const client = connectAsPrincipal();
    workspace.answer(TOKEN_ENDPOINT, granted('t1'));
    workspace.answer(ME, { body: { userName: 'app' } });
    await Promise.all([client.me(), client.me(), client.authorization()]);
    const [request, ...more] = workspace.to(TOKEN_ENDPOINT);
    expect(more).toEqual([]);
    expect(request?.body).toBe('grant_type=client_credentials&scope=all-apis');
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from(`app:${SECRET}`).toString('base64')}`);
    expect(workspace.to(ME).map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t1']);
  });

  test('a token that is about to expire is renewed before it is used', async () => {
    const client = connectAsPrincipal();
    workspace.answer(TOKEN_ENDPOINT, granted('t1', 0), granted('t2'));
    expect(await client.authorization()).toBe('Bearer t1');
    expect(await client.authorization()).toBe('Bearer t2');
    expect(await client.authorization()).toBe('Bearer t2');
    expect(workspace.to(DISCOVERY)).toHaveLength(1);
  });

  test('a token that is refused is renewed once, and the call succeeds', async () => {
    const client = connectAsPrincipal();
    workspace.answer(TOKEN_ENDPOINT, granted('t1'), granted('t2'));
    workspace.answer(ME, { status: 401, body: {} }, { body: { userName: 'app' } });
    expect(await client.me()).toEqual({ userName: 'app' });
    expect(workspace.to(ME).map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
  });

  test('a principal that is refused for good is told so after one renewal', async () => {
    const client = connectAsPrincipal();
    workspace.answer(TOKEN_ENDPOINT, granted('t1'), granted('t2'));
    workspace.answer(ME, { status: 401, body: {} });
    expect((await failureOf(client.me())).code).toBe('workspace_unauthenticated');
    expect(workspace.to(ME)).toHaveLength(2);
  });

  test('a wrong client secret names the variables to check and shows no secret', async () => {
    const client = connectAsPrincipal();
    const body = { error: 'invalid_client', error_description: `Secret ${SECRET} is wrong` };
    workspace.answer(TOKEN_ENDPOINT, { status: 401, body });
    const failure = await failureOf(client.me());
    expect(failure.code).toBe('workspace_unauthenticated');
    expect(failure.message).toContain('DATABRICKS_CLIENT_SECRET');
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  test('a token endpoint that is down for a moment is tried again', async () => {
    const client = connectAsPrincipal();
    workspace.answer(TOKEN_ENDPOINT, { status: 503, body: {} }, granted('t1'));
    expect(await client.authorization()).toBe('Bearer t1');
  });
});
