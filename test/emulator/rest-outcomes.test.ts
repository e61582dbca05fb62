import { ENDLESS, INSTANT, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
});
beforeEach(() => workspace.emulator.local.config(INSTANT));
afterAll(() => workspace.stop());

/** The ends of so many runs of a job with these outcomes, one after another. */
async function endsOf(name: string, count: number, position_date = '2024-01-02') {
  const jobId = await workspace.createJob({ name, parameters: [{ name: 'position_date', default: '' }] });
  const ends = [];
  for (let index = 0; index < count; index += 1) {
    const runId = await workspace.runNow({ job_id: jobId, job_parameters: { position_date } });
    const { state, status } = await workspace.ended(runId);
    ends.push({ ...state, ...status.termination_details });
  }
  return ends;
}

describe('Scripted outcomes of the emulator', () => {
  test('The runs of a job end as scripted in order of creation, then as they really go', async () => {
    await workspace.emulator.local.outcomes({
      job_name: 'in order',
      parameters: { position_date: '2024-01-02' },
      attempts: [
        { termination_code: 'DRIVER_ERROR', message: 'Out of memory.' },
        { result_state: 'SUCCESS' },
        { result_state: 'TIMEDOUT' },
      ],
    });
    expect(await endsOf('in order', 4)).toMatchObject([
      {
        life_cycle_state: 'INTERNAL_ERROR',
        code: 'DRIVER_ERROR',
        type: 'INTERNAL_ERROR',
        message: 'Out of memory.',
      },
      { result_state: 'SUCCESS', code: 'SUCCESS' },
      { result_state: 'TIMEDOUT', code: 'CANCELED', user_cancelled_or_timedout: true },
      { result_state: 'SUCCESS', code: 'SUCCESS' },
    ]);
  });

  test('A run with other parameters, or of another job, is not counted', async () => {
    const attempts = [{ termination_code: 'CLOUD_FAILURE' }];
    await workspace.emulator.local.outcomes({
      job_name: 'mine',
      parameters: { position_date: '2024-01-03' },
      attempts,
    });
    expect(await endsOf('mine', 1, '2024-01-02')).toMatchObject([{ code: 'SUCCESS' }]);
    expect(await endsOf('other', 1, '2024-01-03')).toMatchObject([{ code: 'SUCCESS' }]);
    expect(await endsOf('mine', 1, '2024-01-03')).toMatchObject([
      { code: 'CLOUD_FAILURE', type: 'CLOUD_FAILURE' },
    ]);
  });

  test.each([
    [
      { result_state: 'FAILED' },
      { life_cycle_state: 'INTERNAL_ERROR', code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR' },
    ],
    [{ result_state: 'CANCELED' }, { life_cycle_state: 'TERMINATED', code: 'USER_CANCELED' }],
    [{ result_state: 'SUCCESS_WITH_FAILURES' }, { code: 'SUCCESS_WITH_FAILURES', type: 'SUCCESS' }],
    [
      { life_cycle_state: 'INTERNAL_ERROR' },
      { result_state: 'FAILED', code: 'INTERNAL_ERROR', type: 'INTERNAL_ERROR' },
    ],
    [{ termination_type: 'CLOUD_FAILURE' }, { result_state: 'FAILED', code: 'CLOUD_FAILURE' }],
    [
      { termination_code: 'BRAND_NEW' },
      { result_state: 'FAILED', code: 'BRAND_NEW', type: 'INTERNAL_ERROR' },
    ],
    [
      { termination_code: 'BRAND_NEW', termination_type: 'CLIENT_ERROR', life_cycle_state: 'TERMINATED' },
      { life_cycle_state: 'TERMINATED', result_state: 'FAILED', code: 'BRAND_NEW', type: 'CLIENT_ERROR' },
    ],
    [
      { termination_code: 'MAX_CONCURRENT_RUNS_EXCEEDED' },
      { life_cycle_state: 'SKIPPED', result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED' },
    ],
  ])('An end given as %j is completed', async (attempt, expected) => {
    const job_name = JSON.stringify(attempt);
    await workspace.emulator.local.outcomes({ job_name, attempts: [attempt] });
    const [end] = await endsOf(job_name, 1);
    expect(end).toMatchObject(expected);
  });

  test('A refused run ends at once, whatever a run takes otherwise', async () => {
    await workspace.emulator.local.config(ENDLESS);
    const attempts = [{ termination_code: 'WORKSPACE_RUN_LIMIT_EXCEEDED' }];
    await workspace.emulator.local.outcomes({ job_name: 'refused', attempts });
    expect(await endsOf('refused', 1)).toMatchObject([
      { life_cycle_state: 'SKIPPED', code: 'WORKSPACE_RUN_LIMIT_EXCEEDED' },
    ]);
    const refused = (await workspace.emulator.local.ledger()).run_now.at(-1);
    expect(refused?.run_state).toBe('SKIPPED');
  });

  test('The output of a scripted failure tells its message, and its task is TERMINATED', async () => {
    const tasks = [{ task_key: 'process', notebook_task: { notebook_path: '/Shared/never-read' } }];
    const jobId = await workspace.createJob({ name: 'output', tasks });
    const attempts = [{ result_state: 'FAILED', message: 'Division by zero.' }];
    await workspace.emulator.local.outcomes({ job_name: 'output', attempts });
    const [task] = (await workspace.ended(await workspace.runNow({ job_id: jobId }))).tasks;
    expect(task.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'FAILED' });
    const output = await workspace.ok('GET', `/api/2.2/jobs/runs/get-output?run_id=${task.run_id}`);
    expect(output.error).toBe('Division by zero.');
  });

  test('A misspelt outcome is refused', async () => {
    const wrong = { job_name: 'x', attempts: [{ result_state: 'SUCCEEDED' }] };
    await expect(workspace.emulator.local.outcomes(wrong)).rejects.toThrow('attempts.0.result_state');
  });
});
