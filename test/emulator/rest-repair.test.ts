import { INSTANT, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
  await workspace.emulator.local.config(INSTANT);
});
afterAll(() => workspace.stop());

const MISSING = { notebook_path: '/Shared/missing' };

/** A run whose first task failed because its notebook is missing, and whose second never began. */
async function failedRun(): Promise<bigint> {
  const tasks = [
    { task_key: 'b', depends_on: [{ task_key: 'a' }], notebook_task: MISSING },
    { task_key: 'a', notebook_task: MISSING },
  ];
  const runId = await workspace.runNow({ job_id: await workspace.createJob({ name: 'repaired', tasks }) });
  await workspace.ended(runId);
  return runId;
}

function repair(body: object) {
  return workspace.post('/api/2.2/jobs/runs/repair', body);
}

describe('Repairs of the emulator', () => {
  test('A repair runs the failed tasks again under the same run id, with new task runs', async () => {
    const runId = await failedRun();
    const before = await workspace.run(runId);
    expect(before.tasks.map((task: { state: { result_state: string } }) => task.state.result_state)).toEqual([
      'FAILED',
      'UPSTREAM_FAILED',
    ]);
    const { body } = await repair({ run_id: runId, rerun_all_failed_tasks: true });
    const after = await workspace.ended(runId);
    expect(after.repair_history).toMatchObject([
      { type: 'ORIGINAL' },
      { type: 'REPAIR', id: body.repair_id },
    ]);
    expect(after.tasks[0]).toMatchObject({ task_key: 'a', attempt_number: 1 });
    expect(after.tasks[0].run_id).not.toBe(before.tasks[0].run_id);
  });

  test('The output of a task that a repair replaced stays readable', async () => {
    const runId = await failedRun();
    const [{ run_id: taskRunId }] = (await workspace.run(runId)).tasks;
    await repair({ run_id: runId, rerun_all_failed_tasks: true });
    await workspace.ended(runId);
    const output = await workspace.ok('GET', `/api/2.2/jobs/runs/get-output?run_id=${taskRunId}`);
    expect(output.error).toContain('/Shared/missing');
  });

  test('A second repair must name the latest one', async () => {
    const runId = await failedRun();
    const first = (await repair({ run_id: runId, rerun_all_failed_tasks: true })).body.repair_id;
    await workspace.ended(runId);
    const forgotten = await repair({ run_id: runId, rerun_all_failed_tasks: true });
    expect([forgotten.status, forgotten.body.message]).toEqual([400, expect.stringContaining(String(first))]);
    const named = await repair({ run_id: runId, rerun_tasks: ['b'], latest_repair_id: first });
    expect(named.status).toBe(200);
    expect((await workspace.ended(runId)).repair_history).toHaveLength(3);
  });

  test('A repair that sends no job parameters falls back to their defaults', async () => {
    const tasks = [{ task_key: 'a', notebook_task: MISSING }];
    const parameters = [{ name: 'position_date', default: 'none' }];
    const jobId = await workspace.createJob({ name: 'lost parameters', tasks, parameters });
    const runId = await workspace.runNow({ job_id: jobId, job_parameters: { position_date: '2024-01-02' } });
    await workspace.ended(runId);
    await repair({ run_id: runId, rerun_all_failed_tasks: true });
    expect((await workspace.run(runId)).job_parameters).toMatchObject([{ value: 'none' }]);
  });

  test.each([
    ['neither names tasks nor asks for all', {}],
    ['does both', { rerun_all_failed_tasks: true, rerun_tasks: ['a'] }],
    ['names a task that the job lacks', { rerun_tasks: ['z'] }],
    ['names a repair before there was one', { rerun_all_failed_tasks: true, latest_repair_id: 1 }],
  ])('A repair that %s is refused', async (_, body) => {
    const { status } = await repair({ run_id: await failedRun(), ...body });
    expect(status).toBe(400);
  });
});
