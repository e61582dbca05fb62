import { eventually } from '../harness/eventually.ts';
import { INSTANT, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;
let jobId: bigint;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
  await workspace.emulator.local.config(INSTANT);
  jobId = await workspace.createJob({ name: 'faulty', max_concurrent_runs: 100 });
});
afterEach(() => workspace.emulator.local.clearFaults());
afterAll(() => workspace.stop());

const RUN_NOW = { method: 'POST', path: '/api/2.2/jobs/run-now' };

function postRunNow(token: string) {
  return workspace.post('/api/2.2/jobs/run-now', { job_id: jobId, idempotency_token: token });
}

async function madeRun(token: string): Promise<boolean> {
  const { run_now } = await workspace.emulator.local.ledger();
  return run_now.some((entry) => entry.idempotency_token === token);
}

describe('Faults of the emulator', () => {
  test('A status answers once without any effect, with its code, message and Retry-After', async () => {
    const fault = { status: 503, error_code: 'TEMPORARILY_UNAVAILABLE', message: 'Later.', retry_after: 7 };
    await workspace.emulator.local.fault({ match: RUN_NOW, ...fault });
    const reply = await postRunNow('status');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '7']);
    expect(reply.body).toEqual({ error_code: 'TEMPORARILY_UNAVAILABLE', message: 'Later.' });
    expect(await madeRun('status')).toBe(false);
    expect((await postRunNow('status')).status).toBe(200);
  });

  test('skip_first lets requests pass and times counts those that are hit', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, status: 429, skip_first: 1, times: 2 });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await postRunNow(`counted-${index}`)).status);
    expect(statuses).toEqual([200, 429, 429, 200]);
  });

  test('A reset before closes the connection without effect', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, reset: 'before' });
    await expect(postRunNow('before')).rejects.toThrow('fetch failed');
    expect(await madeRun('before')).toBe(false);
  });

  test('A reset after keeps the effect and loses the answer', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, reset: 'after' });
    await expect(postRunNow('after')).rejects.toThrow('fetch failed');
    const [lost] = (await workspace.emulator.local.ledger()).run_now.filter(
      (entry) => entry.idempotency_token === 'after',
    );
    expect(String((await postRunNow('after')).body.run_id)).toBe(lost?.run_id);
  });

  test('A status with reset after keeps the effect and answers the status', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, status: 504, reset: 'after' });
    expect((await postRunNow('gateway')).status).toBe(504);
    expect(await madeRun('gateway')).toBe(true);
  });

  test('A held answer waits for its release while its effect is there already', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, hold: true });
    let answered = false;
    const reply = postRunNow('held').finally(() => {
      answered = true;
    });
    await eventually(
      () => workspace.emulator.local.held(),
      (held) => held === 1,
    );
    expect([await madeRun('held'), answered]).toEqual([true, false]);
    await workspace.emulator.local.release();
    expect((await reply).status).toBe(200);
  });

  test('A held reset before waits, then closes the connection without effect', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, hold: true, reset: 'before' });
    const refused = expect(postRunNow('held-before')).rejects.toThrow('fetch failed');
    await eventually(
      () => workspace.emulator.local.held(),
      (held) => held === 1,
    );
    await workspace.emulator.local.release();
    await refused;
    expect(await madeRun('held-before')).toBe(false);
  });

  test('A caller who gives up a held request frees it', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, hold: true });
    const giveUp = new AbortController();
    const body = `{"job_id":${jobId}}`;
    const headers = { authorization: 'Bearer x' };
    const abandoned = expect(
      workspace.request('POST', RUN_NOW.path, body, headers, giveUp.signal),
    ).rejects.toThrow('aborted');
    const held = (count: number) =>
      eventually(
        () => workspace.emulator.local.held(),
        (now) => now === count,
      );
    await held(1);
    giveUp.abort();
    await abandoned;
    expect(await held(0)).toBe(0);
  });

  test('Latency delays the answer', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, latency_ms: 300 });
    const startMs = performance.now();
    expect((await postRunNow('slow')).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(299);
  });

  test.each([
    ['the other API version', '/api/2.1/jobs/list'],
    ['a glob', '/api/*/list'],
    ['a glob for the version', '/api/2.*/jobs/list'],
    ['no version', '/jobs/list'],
    ['no leading slash', 'jobs/li*'],
  ])('A path by %s matches', async (_, path) => {
    await workspace.emulator.local.fault({ match: { path }, status: 500 });
    expect((await workspace.get('/api/2.2/jobs/list?limit=1')).status).toBe(500);
  });

  test.each([
    ['another method', { method: 'POST', path: '/api/2.2/jobs/list' }],
    ['part of the path only', { path: '/api/2.2/jobs' }],
    ['a dot that is a dot', { path: '/api/2.2/jobs.list' }],
  ])('A match by %s does not hit', async (_, match) => {
    await workspace.emulator.local.fault({ match, status: 500 });
    expect((await workspace.get('/api/2.2/jobs/list')).status).toBe(200);
  });

  test('SQL requests are hit by their path too', async () => {
    await workspace.emulator.local.fault({
      match: { path: '/sql/1.0/warehouses/*' },
      status: 503,
      body: '<html>',
    });
    const reply = await workspace.post('/sql/1.0/warehouses/local', 'thrift');
    expect([reply.status, reply.text, reply.headers.get('content-type')]).toEqual([
      503,
      '<html>',
      'text/html',
    ]);
  });

  test('DELETE forgets faults and frees what they hold', async () => {
    await workspace.emulator.local.fault({ match: RUN_NOW, hold: true });
    await workspace.emulator.local.fault({ match: RUN_NOW, status: 500, times: 9 });
    const held = postRunNow('freed');
    await eventually(
      () => workspace.emulator.local.held(),
      (count) => count === 1,
    );
    await workspace.emulator.local.clearFaults();
    expect([(await held).status, (await postRunNow('clean')).status]).toEqual([200, 200]);
  });

  test.each([
    ['does nothing', { match: RUN_NOW }],
    ['has an unknown field', { match: RUN_NOW, statuss: 500 }],
    ['has an impossible status', { match: RUN_NOW, status: 99 }],
  ])('A fault that %s is refused', async (_, fault) => {
    await expect(workspace.emulator.local.fault(fault)).rejects.toThrow('HTTP 400');
  });

  test('Every request is counted by method and path, control calls are not', async () => {
    await workspace.get('/api/2.2/jobs/runs/list?limit=1&job_id=1');
    const { requests } = await workspace.emulator.local.ledger();
    expect(requests['GET /api/2.2/jobs/runs/list']).toBe(1);
    expect(Object.keys(requests).filter((key) => key.includes('/_local'))).toEqual([]);
  });
});
