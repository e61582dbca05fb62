import { inspect } from 'node:util';
import { failureOf } from './failure-of.ts';
import { ScriptedClients, TOKEN } from './scripted-client.ts';

const RUN_NOW = '/api/2.2/jobs/run-now';
const GET_RUN = '/api/2.2/jobs/runs/get';

let clients: ScriptedClients;

beforeEach(async () => {
  clients = await ScriptedClients.start();
});

afterEach(async () => {
  await clients.close();
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
    clients.workspace.answer(GET_RUN, { status, body: { error_code, message } });
    const failure = await failureOf(clients.connect().jobs.getRun('7'));
    expect(failure.code).toBe(code);
    expect(failure.details).toEqual({ status, error_code, path: GET_RUN, said: message });
    expect(failure.message).toContain(message);
    expect(failure.message).toContain(new URL(clients.workspace.url).host);
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test.each([
    'The run 77 created with idempotency token abc was deleted.',
    'The run with the provided idempotency token has been deleted: run 77 does not exist.',
  ])('a token whose run was deleted can be told from every other refusal: %s', async (message) => {
    clients.workspace.answer(RUN_NOW, {
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message },
    });
    const failure = await failureOf(clients.connect().jobs.runNow({ jobId: '5', idempotencyToken: 'abc' }));
    expect(failure).toMatchObject({ code: 'workspace_rejected', details: { reason: 'run_deleted' } });
  });

  test('a deleted job is not taken for a deleted run', async () => {
    const body = { error_code: 'INVALID_STATE', message: 'Cannot run job 5: it was deleted.' };
    clients.workspace.answer(RUN_NOW, { status: 400, body });
    const failure = await failureOf(clients.connect().jobs.runNow({ jobId: '5', idempotencyToken: 'abc' }));
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
    clients.workspace.answer(GET_RUN, { status: 400, body });
    const failure = await failureOf(clients.connect().jobs.getRun('7'));
    expect(failure.details.error_code).toBe(errorCode);
    expect(failure.message).toContain(text);
  });

  test('no refusal shows the token, even if the workspace repeats it', async () => {
    clients.workspace.answer(GET_RUN, {
      status: 401,
      body: { error_code: 'X', message: `Bad token ${TOKEN}` },
    });
    const failure = await failureOf(clients.connect().jobs.getRun('7'));
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(TOKEN);
    expect(failure.message).toContain('Bad token [secret]');
  });
});

describe('answers that are not the API', () => {
  test('an HTML page with status 200 is unreadable, with what to check', async () => {
    clients.workspace.answer(GET_RUN, {
      headers: { 'content-type': 'text/html' },
      body: '<!DOCTYPE html><p>Sign in',
    });
    const failure = await failureOf(clients.connect().jobs.getRun('7'));
    expect(failure.code).toBe('workspace_unreadable');
    expect(failure.message).toMatch(/HTML page; check that DATABRICKS_HOST/);
  });

  test('a redirect to a login page is unreadable and is not followed', async () => {
    const location = 'https://login.example.test/private-link?secret=1';
    clients.workspace.answer(GET_RUN, { status: 303, headers: { location } });
    const failure = await failureOf(clients.connect().jobs.getRun('7'));
    expect(failure.code).toBe('workspace_unreadable');
    expect(failure.message).toContain('a redirect to https://login.example.test;');
  });

  test('JSON cut short is unreadable', async () => {
    clients.workspace.answer(GET_RUN, { body: '{"run_id": 7' });
    expect((await failureOf(clients.connect().jobs.getRun('7'))).code).toBe('workspace_unreadable');
  });

  test('JSON of another shape is unreadable and names the field', async () => {
    clients.workspace.answer(GET_RUN, { body: { run_id: 'seven', job_id: 1 } });
    const failure = await failureOf(clients.connect().jobs.getRun('7'));
    expect(failure.code).toBe('workspace_unreadable');
    expect(failure.message).toContain('run_id');
  });
});
