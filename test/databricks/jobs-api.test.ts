import { failureOf } from './failure-of.ts';
import { ScriptedClients } from './scripted-client.ts';

const BIG_JOB = '8800000000000000001';
const BIG_RUN = '9007199254740993';
const GET = '/api/2.2/jobs/get';
const RUN_NOW = '/api/2.2/jobs/run-now';
const GET_RUN = '/api/2.2/jobs/runs/get';

let clients: ScriptedClients;

beforeEach(async () => {
  clients = await ScriptedClients.start();
});

afterEach(async () => {
  await clients.close();
});

describe('ids above 2^53', () => {
  test('arrive as strings with every digit', async () => {
    clients.workspace.answer(GET_RUN, {
      body: `{"run_id":${BIG_RUN},"job_id":${BIG_JOB},"tasks":[{"run_id":9007199254740995,"task_key":"t"}]}`,
    });
    const run = await clients.connect().jobs.getRun(BIG_RUN);
    expect(run).toMatchObject({ runId: BIG_RUN, jobId: BIG_JOB });
    expect(run.tasks).toEqual([{ runId: '9007199254740995', taskKey: 't', failed: false }]);
  });

  test('are sent as plain integers with every digit', async () => {
    clients.workspace.answer(RUN_NOW, { body: `{"run_id":${BIG_RUN},"number_in_job":${BIG_RUN}}` });
    const started = await clients.connect().jobs.runNow({
      jobId: BIG_JOB,
      jobParameters: { position_date: '2024-06-03' },
      idempotencyToken: 'token-1',
      queueEnabled: true,
    });
    expect(started).toEqual({ runId: BIG_RUN });
    expect(clients.workspace.requests[0]?.body).toBe(
      `{"job_id":${BIG_JOB},"idempotency_token":"token-1","job_parameters":{"position_date":"2024-06-03"},"queue":{"enabled":true}}`,
    );
  });

  test('an id that is no number is refused before anything is sent', async () => {
    const failure = await failureOf(clients.connect().jobs.getRun('1; DROP'));
    expect(failure.code).toBe('invalid_request');
    expect(clients.workspace.requests).toEqual([]);
  });
});

describe('jobs and runs', () => {
  test('a job has its defaults, and all its tasks from every page', async () => {
    clients.workspace.answer(
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
    const job = await clients.connect().jobs.get('5');
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
    expect(clients.workspace.to(GET)[1]?.query).toEqual({ job_id: '5', page_token: 'page-2' });
  });

  test('the list of jobs is read to its last page, which may be empty', async () => {
    clients.workspace.answer(
      '/api/2.2/jobs/list',
      { body: { jobs: [{ job_id: 5, settings: { name: 'etl' } }], next_page_token: 'p' } },
      { body: { has_more: false } },
    );
    const jobs = await clients.connect().jobs.list({ name: 'etl' });
    expect(jobs.map((job) => job.jobId)).toEqual(['5']);
    expect(clients.workspace.requests.map(({ query }) => query.name)).toEqual(['etl', 'etl']);
  });

  test('a page of runs never asks for more than the API gives', async () => {
    clients.workspace.answer('/api/2.2/jobs/runs/list', { body: { next_page_token: 'p' } });
    const page = await clients.connect().jobs.listRuns({ jobId: BIG_JOB, activeOnly: true, limit: 500 });
    expect(page).toEqual({ runs: [], nextPageToken: 'p' });
    expect(clients.workspace.requests[0]?.query).toEqual({
      job_id: BIG_JOB,
      active_only: 'true',
      limit: '24',
    });
  });

  test('a run shows the parameters it was started with, job parameters over notebook parameters', async () => {
    clients.workspace.answer(GET_RUN, {
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
    expect(await clients.connect().jobs.getRun('1')).toMatchObject({
      parameters: { position_date: '2024-06-03', mode: 'full', region: 'eu' },
      startTimeMs: 100,
      endTimeMs: 400,
      runDurationMs: 250,
      outcome: { kind: 'succeeded', warning: null },
    });
  });

  test('the output of a task has its error, its trace and its result', async () => {
    clients.workspace.answer('/api/2.2/jobs/runs/get-output', {
      body: { error: 'boom', error_trace: 'line 1', notebook_output: { result: '' }, metadata: {} },
    });
    expect(await clients.connect().jobs.getRunOutput('1')).toEqual({
      error: 'boom',
      errorTrace: 'line 1',
      result: null,
    });
  });

  test('an empty answer with status 200 is a success', async () => {
    clients.workspace.answer('/api/2.2/jobs/runs/cancel', {});
    await expect(clients.connect().jobs.cancelRun('1')).resolves.toBeUndefined();
  });
});
