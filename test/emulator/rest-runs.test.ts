import { eventually } from '../harness/eventually.ts';
import { ENDLESS, INSTANT, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
});
beforeEach(() => workspace.emulator.local.config({ ...INSTANT, workspace_max_active_runs: 2000 }));
afterEach(async () => {
  for (const run of await allActive()) await workspace.ok('POST', '/api/2.2/jobs/runs/cancel', run);
  await eventually(allActive, (runs) => runs.length === 0);
});
afterAll(() => workspace.stop());

async function allActive(): Promise<{ run_id: bigint }[]> {
  const { runs = [] } = await workspace.ok('GET', '/api/2.2/jobs/runs/list?active_only=true&limit=0');
  return runs.map(({ run_id }: { run_id: bigint }) => ({ run_id }));
}

function statesOf(run: { state: object; status: { state: string; termination_details?: object } }) {
  return { ...run.state, ...run.status.termination_details };
}

describe('Runs of the emulator', () => {
  test('A run ends by the clock although nobody looks at it', async () => {
    const jobId = await workspace.createJob({ name: 'unwatched' });
    const runId = await workspace.runNow({ job_id: jobId });
    const { run_now } = await eventually(
      () => workspace.emulator.local.ledger(),
      (ledger) => ledger.run_now.find((entry) => entry.run_id === String(runId))?.run_state === 'TERMINATED',
    );
    expect(run_now.at(-1)).toMatchObject({ created: true, result_state: 'SUCCESS' });
  });

  test('A run passes PENDING and RUNNING, and shows its end in the old words and the new', async () => {
    await workspace.emulator.local.config({ start_delay_ms: 500, run_duration_ms: { min: 500, max: 500 } });
    const jobId = await workspace.createJob({ name: 'states' });
    const runId = await workspace.runNow({ job_id: jobId });
    const pending = await workspace.run(runId);
    expect([pending.state.life_cycle_state, pending.status]).toEqual(['PENDING', { state: 'PENDING' }]);
    const running = await workspace.runIn(runId, 'RUNNING');
    expect([running.end_time, running.state.result_state]).toEqual([0, undefined]);
    const ended = await workspace.ended(runId);
    expect(ended.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' });
    expect(ended.status.termination_details).toEqual({ code: 'SUCCESS', type: 'SUCCESS', message: '' });
    expect(ended.run_duration).toBe(ended.end_time - ended.start_time);
    expect(ended.run_duration).toBeGreaterThanOrEqual(990);
  });

  test('run-now answers the run id twice, as a JSON integer above 2^53', async () => {
    const jobId = await workspace.createJob({ name: 'ids' });
    const { text } = await workspace.post('/api/2.2/jobs/run-now', `{"job_id":${jobId}}`);
    expect(text).toMatch(/^\{"run_id":(\d{17,19}),"number_in_job":\1\}$/);
  });

  test('A run shows declared parameters with defaults, and accepts one that the job does not declare', async () => {
    const parameters = [
      { name: 'position_date', default: '' },
      { name: 'source', default: 's' },
    ];
    const jobId = await workspace.createJob({ name: 'parameters', parameters });
    const job_parameters = { position_date: '2024-01-02', extra: 'x' };
    const run = await workspace.run(await workspace.runNow({ job_id: jobId, job_parameters }));
    expect(run.job_parameters).toEqual([
      { name: 'position_date', default: '', value: '2024-01-02' },
      { name: 'source', default: 's', value: 's' },
      { name: 'extra', value: 'x' },
    ]);
  });

  test.each([
    ['job parameters that are no strings', { job_parameters: { position_date: 20240102 } }, 'position_date'],
    [
      'a job parameter with a space in its name',
      { job_parameters: { 'position date': '' } },
      'position date',
    ],
    [
      'over 10,000 bytes of notebook_params',
      { notebook_params: { a: 'x'.repeat(10_000) } },
      'notebook_params',
    ],
    ['notebook_params with jar_params', { notebook_params: {}, jar_params: [] }, 'jar_params'],
  ])('run-now refuses %s', async (name, body, field) => {
    const jobId = await workspace.createJob({ name });
    const reply = await workspace.post('/api/2.2/jobs/run-now', { job_id: jobId, ...body });
    expect([reply.status, reply.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(reply.body.message).toContain(field);
  });

  test('An undeclared job parameter is refused where the workspace is told to', async () => {
    await workspace.emulator.local.config({ undeclared_job_parameters: 'reject' });
    const jobId = await workspace.createJob({ name: 'strict' });
    const reply = await workspace.post('/api/2.2/jobs/run-now', {
      job_id: jobId,
      job_parameters: { extra: 'x' },
    });
    await workspace.emulator.local.config({ undeclared_job_parameters: 'accept' });
    expect([reply.status, reply.body.message]).toEqual([400, expect.stringContaining('extra')]);
  });

  test('Surplus runs queue, say why, and start first come first served', async () => {
    await workspace.emulator.local.config(ENDLESS);
    const jobId = await workspace.createJob({ name: 'queue', max_concurrent_runs: 1 });
    const [first, second, third] = [
      await workspace.runNow({ job_id: jobId }),
      await workspace.runNow({ job_id: jobId }),
      await workspace.runNow({ job_id: jobId }),
    ];
    const queued = await workspace.run(second);
    expect(queued.state.life_cycle_state).toBe('QUEUED');
    expect(queued.status.queue_details.code).toBe('MAX_CONCURRENT_RUNS_REACHED');
    await workspace.ok('POST', '/api/2.2/jobs/runs/cancel', { run_id: first });
    await workspace.runIn(second, 'RUNNING');
    expect((await workspace.run(third)).status.state).toBe('QUEUED');
    expect((await workspace.emulator.local.ledger()).max_active[String(jobId)]).toBe(3);
  });

  test('Raising max_concurrent_runs starts queued runs at once, lowering it stops none', async () => {
    await workspace.emulator.local.config(ENDLESS);
    const jobId = await workspace.createJob({ name: 'raised', max_concurrent_runs: 1 });
    const runIds = [await workspace.runNow({ job_id: jobId }), await workspace.runNow({ job_id: jobId })];
    const resize = (max_concurrent_runs: number) =>
      workspace.ok('POST', '/api/2.2/jobs/update', { job_id: jobId, new_settings: { max_concurrent_runs } });
    await resize(2);
    for (const runId of runIds) await workspace.runIn(runId, 'RUNNING');
    await resize(1);
    for (const runId of runIds) expect((await workspace.run(runId)).status.state).toBe('RUNNING');
  });

  test.each([
    ['the queue is off and the job is full', { max_concurrent_runs: 1, queue: { enabled: false } }, ENDLESS],
    ['max_concurrent_runs is 0', { max_concurrent_runs: 0 }, {}],
  ])('When %s, the run is made and ends SKIPPED', async (name, settings, config) => {
    await workspace.emulator.local.config(config);
    const jobId = await workspace.createJob({ name, ...settings });
    await workspace.runNow({ job_id: jobId });
    const run = await workspace.run(await workspace.runNow({ job_id: jobId }));
    expect(statesOf(run)).toMatchObject({
      life_cycle_state: 'SKIPPED',
      result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
      code: 'MAX_CONCURRENT_RUNS_EXCEEDED',
    });
    expect(run.status.state).toBe('TERMINATED');
  });

  test('A full workspace queues runs that may queue and answers 429 to the others', async () => {
    await workspace.emulator.local.config({ ...ENDLESS, workspace_max_active_runs: 1 });
    const jobId = await workspace.createJob({ name: 'crowded', max_concurrent_runs: 10 });
    await workspace.runNow({ job_id: jobId });
    const waiting = await workspace.run(await workspace.runNow({ job_id: jobId }));
    expect(waiting.status.queue_details.code).toBe('ACTIVE_RUNS_LIMIT_REACHED');
    const before = (await allActive()).length;
    const refused = await workspace.post('/api/2.2/jobs/run-now', {
      job_id: jobId,
      queue: { enabled: false },
    });
    expect([refused.status, refused.body.error_code]).toEqual([429, 'RESOURCE_EXHAUSTED']);
    expect(await allActive()).toHaveLength(before);
  });

  test('Cancelling is asynchronous: TERMINATING, then CANCELED by the user', async () => {
    await workspace.emulator.local.config({ ...ENDLESS, terminate_delay_ms: 500 });
    const jobId = await workspace.createJob({ name: 'cancelled' });
    const runId = await workspace.runNow({ job_id: jobId });
    const reply = await workspace.post('/api/2.2/jobs/runs/cancel', { run_id: runId });
    expect([reply.status, reply.text]).toEqual([200, '']);
    expect((await workspace.runIn(runId, 'TERMINATING')).state.life_cycle_state).toBe('TERMINATING');
    expect(statesOf(await workspace.ended(runId))).toMatchObject({
      life_cycle_state: 'TERMINATED',
      result_state: 'CANCELED',
      user_cancelled_or_timedout: true,
      code: 'USER_CANCELED',
    });
  });

  test('cancel-all with all_queued_runs cancels only what waits', async () => {
    await workspace.emulator.local.config(ENDLESS);
    const jobId = await workspace.createJob({ name: 'cancel all' });
    const running = await workspace.runNow({ job_id: jobId });
    const queued = await workspace.runNow({ job_id: jobId });
    await workspace.ok('POST', '/api/2.2/jobs/runs/cancel-all', { job_id: jobId, all_queued_runs: true });
    expect((await workspace.ended(queued)).state.result_state).toBe('CANCELED');
    expect((await workspace.run(running)).status.state).toBe('RUNNING');
    await workspace.ok('POST', '/api/2.2/jobs/runs/cancel-all', { job_id: jobId });
    expect((await workspace.ended(running)).state.result_state).toBe('CANCELED');
  });

  test.each([
    ['job', { timeout_seconds: 1 }],
    [
      'task',
      { tasks: [{ task_key: 't', timeout_seconds: 1, notebook_task: { notebook_path: '/Shared/none' } }] },
    ],
  ])('The time-out of a %s ends the run TIMEDOUT', async (name, settings) => {
    await workspace.emulator.local.config(ENDLESS);
    const runId = await workspace.runNow({ job_id: await workspace.createJob({ name, ...settings }) });
    expect(statesOf(await workspace.ended(runId))).toMatchObject({
      result_state: 'TIMEDOUT',
      user_cancelled_or_timedout: true,
      code: 'CANCELED',
    });
  });

  test('runs/list puts the latest end first and pages through every run', async () => {
    const jobId = await workspace.createJob({ name: 'listed', max_concurrent_runs: 100 });
    const ended: bigint[] = [];
    for (let index = 0; index < 3; index += 1) {
      const runId = await workspace.runNow({ job_id: jobId });
      await workspace.ended(runId);
      ended.push(runId);
    }
    const path = `/api/2.2/jobs/runs/list?job_id=${jobId}&completed_only=true&limit=2`;
    const first = await workspace.ok('GET', path);
    const second = await workspace.ok('GET', `${path}&page_token=${first.next_page_token}`);
    const listed = [...first.runs, ...second.runs].map((run: { run_id: bigint }) => run.run_id);
    expect(listed).toEqual(ended.toReversed());
    expect(second.next_page_token).toBeUndefined();
  });

  test('runs/list takes a limit below 25, and a range of start times that includes both ends', async () => {
    expect((await workspace.get('/api/2.2/jobs/runs/list?limit=25')).body.error_code).toBe(
      'INVALID_PARAMETER_VALUE',
    );
    const jobId = await workspace.createJob({ name: 'range' });
    const { start_time } = await workspace.run(await workspace.runNow({ job_id: jobId }));
    const within = (from: number, to: number) =>
      workspace.ok(
        'GET',
        `/api/2.2/jobs/runs/list?job_id=${jobId}&start_time_from=${from}&start_time_to=${to}`,
      );
    expect((await within(start_time, start_time)).runs).toHaveLength(1);
    expect((await within(start_time + 1, start_time + 1)).runs).toBeUndefined();
  });

  test('Only a run that has ended can be deleted, and it is gone after that', async () => {
    await workspace.emulator.local.config(ENDLESS);
    const runId = await workspace.runNow({ job_id: await workspace.createJob({ name: 'deleted' }) });
    expect((await workspace.post('/api/2.2/jobs/runs/delete', { run_id: runId })).status).toBe(400);
    await workspace.ok('POST', '/api/2.2/jobs/runs/cancel', { run_id: runId });
    await workspace.ended(runId);
    await workspace.ok('POST', '/api/2.2/jobs/runs/delete', { run_id: runId });
    const { status, body } = await workspace.get(`/api/2.2/jobs/runs/get?run_id=${runId}`);
    expect([status, body.message]).toEqual([400, `Run ${runId} does not exist.`]);
    const { run_now } = await workspace.emulator.local.ledger();
    expect(run_now.find((entry) => entry.run_id === String(runId))?.run_state).toBe('DELETED');
  });

  test('Deleting a job cancels its runs and leaves them readable', async () => {
    await workspace.emulator.local.config(ENDLESS);
    const jobId = await workspace.createJob({ name: 'job gone' });
    const runId = await workspace.runNow({ job_id: jobId });
    await workspace.ok('POST', '/api/2.2/jobs/delete', { job_id: jobId });
    expect((await workspace.ended(runId)).state.result_state).toBe('CANCELED');
  });

  test('A run id that is no number is refused', async () => {
    const { status, body } = await workspace.get('/api/2.2/jobs/runs/get?run_id=abc');
    expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(body.message).toContain('run_id');
  });
});
