import { INSTANT, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;
let jobId: bigint;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
  await workspace.emulator.local.config(INSTANT);
  jobId = await workspace.createJob({ name: 'idempotent', max_concurrent_runs: 10 });
});
afterAll(() => workspace.stop());

describe('Idempotency tokens of the emulator', () => {
  test('The same token hands back the same run, even after it has ended', async () => {
    const body = { job_id: jobId, idempotency_token: 'a'.repeat(64) };
    const first = await workspace.runNow(body);
    expect(await workspace.runNow(body)).toBe(first);
    await workspace.ended(first);
    expect(await workspace.runNow(body)).toBe(first);
    const entries = (await workspace.emulator.local.ledger()).run_now.filter(
      (entry) => entry.idempotency_token === body.idempotency_token,
    );
    expect(entries.map((entry) => entry.created)).toEqual([true, false, false]);
  });

  test('Simultaneous posts of one token make one run', async () => {
    const body = { job_id: jobId, idempotency_token: 'race' };
    const runIds = await Promise.all(Array.from({ length: 20 }, () => workspace.runNow(body)));
    expect(new Set(runIds).size).toBe(1);
  });

  test('A token whose run was deleted is an error, not a new run', async () => {
    const body = { job_id: jobId, idempotency_token: 'deleted' };
    const runId = await workspace.runNow(body);
    await workspace.ended(runId);
    await workspace.ok('POST', '/api/2.2/jobs/runs/delete', { run_id: runId });
    const reply = await workspace.post('/api/2.2/jobs/run-now', body);
    expect([reply.status, reply.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(reply.body.message).toMatch(/deleted/);
  });

  test('Another token, an empty one and none make a run each', async () => {
    const bodies = [{ idempotency_token: 'x' }, { idempotency_token: '' }, { idempotency_token: '' }, {}, {}];
    const runIds = await Promise.all(bodies.map((body) => workspace.runNow({ job_id: jobId, ...body })));
    expect(new Set(runIds).size).toBe(5);
  });

  test('A token over 64 characters is refused', async () => {
    const reply = await workspace.post('/api/2.2/jobs/run-now', {
      job_id: jobId,
      idempotency_token: 'a'.repeat(65),
    });
    expect([reply.status, reply.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });
});
