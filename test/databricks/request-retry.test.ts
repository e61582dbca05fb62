import type { RequestFact } from '../../src/databricks/workspace-connection.ts';
import { failureOf } from './failure-of.ts';
import { ScriptedClients } from './scripted-client.ts';

const RUN_NOW = '/api/2.2/jobs/run-now';
const GET_RUN = '/api/2.2/jobs/runs/get';

let clients: ScriptedClients;

beforeEach(async () => {
  clients = await ScriptedClients.start();
});

afterEach(async () => {
  await clients.close();
});

describe('trying again', () => {
  const good = { body: { run_id: 7, job_id: 5, status: { state: 'RUNNING' } } };

  test.each([429, 503])('%i waits for the seconds of Retry-After', async (status) => {
    clients.workspace.answer(GET_RUN, { status, headers: { 'retry-after': '1' }, body: {} }, good);
    const startedMs = Date.now();
    expect((await clients.connect().jobs.getRun('7')).phase).toBe('running');
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(950);
    expect(clients.workspace.requests).toHaveLength(2);
  });

  test('a Retry-After that is a date is passed on when it lies beyond the window', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    clients.workspace.answer(GET_RUN, { status: 429, headers: { 'retry-after': date }, body: {} });
    const failure = await failureOf(clients.connect({ retryWindowMs: 5_000 }).jobs.getRun('7'));
    expect(failure.code).toBe('workspace_throttled');
    expect(failure.retryAfterMs).toBeGreaterThan(80_000);
    expect(failure.retryAfterMs).toBeLessThanOrEqual(90_000);
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test.each([500, 502, 504])('%i is tried again for a read', async (status) => {
    clients.workspace.answer(GET_RUN, { status, body: '<html>bad gateway</html>' }, good);
    expect((await clients.connect().jobs.getRun('7')).runId).toBe('7');
  });

  test.each([500, 502, 504])('%i is not tried again for a start', async (status) => {
    clients.workspace.answer(RUN_NOW, { status, body: {} });
    const failure = await failureOf(clients.connect().jobs.runNow({ jobId: '5', idempotencyToken: 't' }));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { status } });
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test('a start whose answer was lost is sent again with the same token', async () => {
    clients.workspace.answer(RUN_NOW, { reset: true }, { body: { run_id: 7 } });
    expect(await clients.connect().jobs.runNow({ jobId: '5', idempotencyToken: 't' })).toEqual({
      runId: '7',
    });
    const tokens = clients.workspace.requests.map(({ body }) => JSON.parse(body).idempotency_token);
    expect(tokens).toEqual(['t', 't']);
  });

  test('a creation whose answer was lost is not repeated', async () => {
    clients.workspace.answer('/api/2.2/jobs/create', { reset: true });
    const failure = await failureOf(clients.connect().jobs.create({ name: 'etl' }));
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'connection' } });
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test('a window of 0 means one try', async () => {
    clients.workspace.answer(GET_RUN, { status: 503, body: {} });
    await failureOf(clients.connect({ retryWindowMs: 0 }).jobs.getRun('7'));
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test('one call can have a window of its own', async () => {
    clients.workspace.answer(RUN_NOW, { status: 429, body: {} });
    const start = clients.connect().jobs.runNow({ jobId: '5', idempotencyToken: 't' }, { retryWindowMs: 0 });
    expect((await failureOf(start)).code).toBe('workspace_throttled');
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test('every try is told to whoever counts them', async () => {
    const facts: RequestFact[] = [];
    clients.workspace.answer(GET_RUN, { status: 503, body: {} }, { reset: true }, good);
    await clients.connect({ onRequest: (fact) => facts.push(fact) }).jobs.getRun('7');
    expect(facts.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', GET_RUN, 503],
      ['GET', GET_RUN, null],
      ['GET', GET_RUN, 200],
    ]);
  });
});

describe('time limits', () => {
  test('a workspace that does not answer is given up in time', async () => {
    clients.workspace.answer(GET_RUN, { hold: true });
    const failure = await failureOf(
      clients.connect({ requestTimeoutMs: 100, retryWindowMs: 0 }).jobs.getRun('7'),
    );
    expect(failure).toMatchObject({ code: 'workspace_unavailable', details: { reason: 'timeout' } });
    expect(failure.message).toContain('within 0.1 s');
  });

  test('a caller can stop waiting for an answer', async () => {
    clients.workspace.answer(GET_RUN, { hold: true });
    const stop = new AbortController();
    const call = clients.connect().jobs.getRun('7', { signal: stop.signal });
    stop.abort(new Error('handing over'));
    await expect(call).rejects.toThrow('handing over');
  });

  test('closing the client ends the calls under way, without further tries', async () => {
    clients.workspace.answer(GET_RUN, { hold: true });
    const client = clients.connect();
    const call = failureOf(client.jobs.getRun('7'));
    await clients.workspace.seen(GET_RUN);
    await client.close();
    expect((await call).details.reason).toBe('closed');
    expect(clients.workspace.requests).toHaveLength(1);
  });

  test('a caller can stop waiting for the next try', async () => {
    const stop = new AbortController();
    clients.workspace.answer(GET_RUN, { status: 503, headers: { 'retry-after': '20' }, body: {} });
    const onRequest = () => setImmediate(() => stop.abort(new Error('handing over')));
    const call = clients.connect({ onRequest }).jobs.getRun('7', { signal: stop.signal });
    await expect(call).rejects.toThrow('handing over');
  });
});
