import { INSTANT, RestWorkspace } from './rest-workspace.ts';

let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
  await workspace.emulator.local.config(INSTANT);
});
afterAll(() => workspace.stop());

let nextNotebook = 0;

/** Runs these cells as a SQL notebook and tells how the run ended and what its task left behind. */
async function runNotebook(
  cells: string[],
  { base_parameters = {}, parameters = [] as object[], ...call }: Record<string, unknown> = {},
) {
  nextNotebook += 1;
  const notebook_path = `/Shared/notebook-${nextNotebook}`;
  const source = ['-- Databricks notebook source', cells.join('\n\n-- COMMAND ----------\n\n')].join('\n');
  await workspace.importSql(notebook_path, source);
  return runTask({ notebook_task: { notebook_path, base_parameters } }, { parameters }, call);
}

async function runTask(task: object, settings: object = {}, call: object = {}) {
  const tasks = [{ task_key: 'process', ...task }];
  const jobId = await workspace.createJob({ name: 'notebook', tasks, ...settings });
  const run = await workspace.ended(await workspace.runNow({ job_id: jobId, ...call }));
  const output = await workspace.ok('GET', `/api/2.2/jobs/runs/get-output?run_id=${run.tasks[0].run_id}`);
  return { run, output, rows: output.notebook_output && JSON.parse(output.notebook_output.result) };
}

describe('Notebooks on the emulator', () => {
  test('A SQL notebook runs cell by cell, and the last rows are its output', async () => {
    const { run, output, rows } = await runNotebook([
      '-- MAGIC %md\n-- MAGIC # Explains; `SELECT nothing`',
      "CREATE OR REPLACE TABLE main.default.cells (d STRING);\nINSERT INTO main.default.cells VALUES ('a;b')",
      '-- DBTITLE 1,Counts\nSELECT count(*) AS n, max(d) AS d FROM main.default.cells',
    ]);
    expect(run.state.result_state).toBe('SUCCESS');
    expect(rows).toEqual([{ n: 1, d: 'a;b' }]);
    expect(output.notebook_output.truncated).toBe(false);
  });

  test('Parameters reach the statements by name: job over task, notebook_params over both', async () => {
    const { rows } = await runNotebook(['SELECT :a AS a, :b AS b, :c AS c, :d AS d'], {
      base_parameters: { a: 'task', b: 'task', c: 'task', d: 'task' },
      parameters: [
        { name: 'b', default: 'default' },
        { name: 'c', default: 'default' },
        { name: 'd', default: 'default' },
      ],
      job_parameters: { c: 'sent', d: 'sent' },
      notebook_params: { d: 'notebook' },
    });
    expect(rows).toEqual([{ a: 'task', b: 'default', c: 'sent', d: 'notebook' }]);
  });

  test('A task parameter may refer to a job parameter', async () => {
    const { rows } = await runNotebook(['SELECT :day AS day'], {
      base_parameters: { day: '{{job.parameters.position_date}}' },
      parameters: [{ name: 'position_date', default: '2024-01-02' }],
    });
    expect(rows).toEqual([{ day: '2024-01-02' }]);
  });

  test('A widget is a parameter with a default', async () => {
    const cells = [
      "CREATE WIDGET TEXT region DEFAULT 'eu'",
      'SELECT :region AS region',
      'REMOVE WIDGET region',
    ];
    expect((await runNotebook(cells)).rows).toEqual([{ region: 'eu' }]);
    expect((await runNotebook(cells, { notebook_params: { region: 'us' } })).rows).toEqual([
      { region: 'us' },
    ]);
  });

  test('A failing statement fails the run as user code, and only the output says why', async () => {
    const { run, output } = await runNotebook([
      'SELECT 1',
      "SELECT raise_error('no row for 2024-01-02')",
      'CREATE TABLE main.default.never_made (a INT)',
    ]);
    const message = 'Task process failed with message: Workload failed, see run output for details.';
    expect(run.state).toMatchObject({ life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED' });
    expect(run.status.termination_details).toEqual({
      code: 'RUN_EXECUTION_ERROR',
      type: 'CLIENT_ERROR',
      message,
    });
    expect(run.tasks[0].state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'FAILED' });
    expect(output.error).toContain('no row for 2024-01-02');
    expect(output.error_trace).toContain('no row for 2024-01-02');
    const { output: after } = await runNotebook(['SELECT * FROM main.default.never_made']);
    expect(after.error).toContain('TABLE_OR_VIEW_NOT_FOUND');
  });

  test('A missing notebook fails the run as RESOURCE_NOT_FOUND and names its path', async () => {
    const { run } = await runTask({ notebook_task: { notebook_path: '/Shared/nowhere' } });
    expect(run.status.termination_details).toMatchObject({
      code: 'RESOURCE_NOT_FOUND',
      type: 'CLIENT_ERROR',
    });
    expect(run.status.termination_details.message).toContain('/Shared/nowhere');
  });

  test('A Python notebook, and a Python cell, fail with what they need', async () => {
    const python = { path: '/Shared/python', format: 'SOURCE', language: 'PYTHON', content: '' };
    await workspace.ok('POST', '/api/2.0/workspace/import', python);
    const notebook = await runTask({ notebook_task: { notebook_path: '/Shared/python' } });
    expect(notebook.output.error).toMatch(/PYTHON.*needs a Databricks cluster/);
    const cell = await runNotebook(['-- MAGIC %python\n-- MAGIC print(1)']);
    expect(cell.output.error).toMatch(/%python.*needs a Databricks cluster/);
  });

  test('A SQL file runs as a sql_task with its parameters', async () => {
    const content = Buffer.from(
      'CREATE OR REPLACE TABLE main.default.from_file AS SELECT :day AS day;',
    ).toString('base64');
    await workspace.ok('POST', '/api/2.0/workspace/import', {
      path: '/Shared/file.sql',
      format: 'RAW',
      content,
    });
    const { run, output } = await runTask({
      sql_task: { warehouse_id: 'local', file: { path: '/Shared/file.sql' }, parameters: { day: 'monday' } },
    });
    expect(run.state.result_state).toBe('SUCCESS');
    expect(output.sql_output.query_output.warehouse_id).toBe('local');
    expect((await runNotebook(['SELECT day FROM main.default.from_file'])).rows).toEqual([{ day: 'monday' }]);
  });

  test('A kind of task that is not emulated fails with a message that names it', async () => {
    const { output } = await runTask({ spark_python_task: { python_file: 'x.py' } });
    expect(output.error).toContain('spark_python_task');
  });

  test('Writes of one table that meet fail as conflicts where the workspace is told so', async () => {
    await workspace.runSql('CREATE TABLE main.default.contested (a INT)');
    await workspace.importSql('/Shared/contender', 'INSERT INTO main.default.contested VALUES (1)');
    const tasks = [{ task_key: 'write', notebook_task: { notebook_path: '/Shared/contender' } }];
    const jobId = await workspace.createJob({ name: 'contenders', max_concurrent_runs: 10, tasks });
    // They all queue first, so that they all start together.
    await workspace.emulator.local.config({ workspace_max_active_runs: 0, conflicting_writes: true });
    const runIds = await Promise.all(Array.from({ length: 10 }, () => workspace.runNow({ job_id: jobId })));
    await workspace.emulator.local.config({ workspace_max_active_runs: 2000 });
    const runs = await Promise.all(runIds.map((runId) => workspace.ended(runId)));
    await workspace.emulator.local.config({ conflicting_writes: false });
    const failed = runs.filter((run) => run.state.result_state === 'FAILED');
    expect(failed.length).toBeGreaterThan(0);
    const [{ run_id }] = failed[0].tasks;
    const { error } = await workspace.ok('GET', `/api/2.2/jobs/runs/get-output?run_id=${run_id}`);
    expect(error).toMatch(/DELTA_CONCURRENT_APPEND.*SQLSTATE: 2D521/s);
    const rows = await workspace.runSql('SELECT count(*) AS n FROM main.default.contested');
    expect(rows).toEqual([{ n: 10 - failed.length }]);
  });

  test('The saved jobs are rows of system.lakeflow.jobs', async () => {
    const name = 'seen in the system table';
    const jobId = await workspace.createJob({ name, tags: { team: 'data' } });
    await workspace.ok('POST', '/api/2.2/jobs/delete', { job_id: jobId });
    const query = `SELECT job_id, tags['team'] AS team, delete_time IS NULL AS live FROM system.lakeflow.jobs WHERE name = '${name}' ORDER BY change_time`;
    const { rows } = await runNotebook([query]);
    expect(rows).toEqual([
      { job_id: String(jobId), team: 'data', live: true },
      { job_id: String(jobId), team: 'data', live: false },
    ]);
  });
});
