import { join } from 'node:path';
import { type AppliedJob, applyJobs } from '../../src/jobs/apply-jobs.ts';
import { type ConnectedWorkspace, connectWorkspace } from '../tables/connected-workspace.ts';
import { jobConfig, notebookPath } from './job-config.ts';

const notebooksDir = join(import.meta.dirname, '../../notebooks');

describe('jobs apply', () => {
  let workspace: ConnectedWorkspace;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());

  const apply = (
    definitions: ReturnType<typeof jobConfig>[],
    options: { dryRun?: boolean; adopt?: boolean } = {},
  ) => applyJobs({ client: workspace.client, definitions, notebooksDir, ...options });

  it('creates a missing job with our tag and imports its notebook, and sends nothing the second time', async () => {
    const config = jobConfig('created', {}, { tags: { team: 'data' } });
    const told: AppliedJob[] = [];
    const [created] = await applyJobs({
      client: workspace.client,
      definitions: [config],
      notebooksDir,
      onStep: (applied) => told.push(applied),
    });
    expect(told).toEqual([created]);
    expect(created).toMatchObject({
      action: 'created',
      notebooks: [{ path: notebookPath('created'), action: 'imported' }],
    });
    const live = await workspace.client.jobs.get(created?.jobId ?? '');
    expect(live.settings).toMatchObject({
      name: 'created',
      maxConcurrentRuns: 20,
      queueEnabled: true,
      tags: { team: 'data', managed_by: 'databricks-backfill' },
      tasks: [{ maxRetries: 3, minRetryIntervalMs: 60_000, retryOnTimeout: true, timeoutSeconds: 1800 }],
    });
    expect(await workspace.client.files.exportNotebook(notebookPath('created'))).toMatch(
      /^-- Databricks notebook source\n/,
    );

    const before = await writes();
    expect(await apply([config])).toEqual([
      {
        ...created,
        action: 'unchanged',
        differences: [],
        notebooks: [{ path: notebookPath('created'), action: 'unchanged' }],
      },
    ]);
    expect(await writes()).toEqual(before);
  });

  it('makes one job when it is called twice at once, whatever each declares', async () => {
    await workspace.local.fault({
      match: { method: 'POST', path: '/api/*/jobs/create' },
      hold: true,
      times: 2,
    });
    const planned: Promise<void>[] = [];
    const applied = [jobConfig('raced'), jobConfig('raced', {}, { max_concurrent_runs: 5 })].map(
      (definition) => {
        let resolve = () => {};
        planned.push(
          new Promise((done) => {
            resolve = done;
          }),
        );
        const { client } = workspace;
        return applyJobs({ client, definitions: [definition], notebooksDir, onPlan: () => resolve() });
      },
    );
    await Promise.all(planned);
    await workspace.local.clearFaults();
    await workspace.local.release();
    const [first, second] = (await Promise.all(applied)).flat();
    const jobs = await workspace.client.jobs.list({ name: 'raced' });
    expect(jobs.map(({ jobId }) => jobId)).toEqual([first?.jobId]);
    expect(second?.jobId).toBe(first?.jobId);
    expect([first?.action, second?.action].sort()).toEqual(['created', 'reset']);
  });

  it('resets a job that differs and leaves its id', async () => {
    const [created] = await apply([jobConfig('reset')]);
    const [reset] = await apply([jobConfig('reset', {}, { max_concurrent_runs: 5 })]);
    expect(reset).toMatchObject({
      action: 'reset',
      jobId: created?.jobId,
      differences: [{ path: 'max_concurrent_runs', live: '20', declared: '5' }],
    });
    expect((await workspace.client.jobs.get(reset?.jobId ?? '')).settings.maxConcurrentRuns).toBe(5);
  });

  it('writes a notebook again that was changed in the workspace', async () => {
    await apply([jobConfig('rewritten')]);
    await workspace.client.files.importNotebook({
      path: notebookPath('rewritten'),
      language: 'SQL',
      source: '-- Databricks notebook source\nSELECT 1\n',
    });
    expect(await apply([jobConfig('rewritten')])).toMatchObject([
      { action: 'unchanged', notebooks: [{ path: notebookPath('rewritten'), action: 'imported' }] },
    ]);
    expect(await workspace.client.files.exportNotebook(notebookPath('rewritten'))).toContain('REPLACE WHERE');
  });

  it('on a dry run says what it would do and writes nothing', async () => {
    const before = await writes();
    expect(await apply([jobConfig('dry')], { dryRun: true })).toMatchObject([
      { action: 'created', jobId: null, notebooks: [{ action: 'imported' }] },
    ]);
    expect(await writes()).toEqual(before);
    expect(await workspace.client.jobs.list({ name: 'dry' })).toEqual([]);
  });

  it('refuses a name that several jobs have, with their ids, and writes none of the others', async () => {
    const ids = [
      (await workspace.client.jobs.create({ name: 'twice' })).jobId,
      (await workspace.client.jobs.create({ name: 'twice' })).jobId,
    ];
    await expect(apply([jobConfig('fine'), jobConfig('twice')])).rejects.toMatchObject({
      code: 'ambiguous_job',
      details: { job_ids: expect.arrayContaining(ids) },
    });
    expect(await workspace.client.jobs.list({ name: 'fine' })).toEqual([]);
  });

  it('leaves a job of someone else alone until it is told to adopt it', async () => {
    const { jobId } = await workspace.client.jobs.create({ name: 'theirs', max_concurrent_runs: 1 });
    await expect(apply([jobConfig('theirs')])).rejects.toMatchObject({
      code: 'job_not_managed',
      message: expect.stringContaining('--adopt'),
    });
    expect((await workspace.client.jobs.get(jobId)).settings.maxConcurrentRuns).toBe(1);
    expect(await apply([jobConfig('theirs')], { adopt: true })).toMatchObject([{ action: 'reset', jobId }]);
    expect(await apply([jobConfig('theirs')])).toMatchObject([{ action: 'unchanged', jobId }]);
  });

  it('names the keys of a bundle that it does not send, and notebooks that it has no file of', async () => {
    const task = { task_key: 'x', notebook_task: { notebook_path: '/Shared/elsewhere' } };
    const config = jobConfig(
      'j',
      {},
      { permissions: [{ level: 'CAN_VIEW', group_name: 'users' }], tasks: [task] },
    );
    expect(await apply([config])).toMatchObject([
      {
        action: 'created',
        ignored: ['permissions'],
        notebooks: [{ path: '/Shared/elsewhere', action: 'not_ours' }],
      },
    ]);
  });

  it('refuses a notebook path that is relative', async () => {
    const task = { task_key: 'x', notebook_task: { notebook_path: './notebooks/02_process_data.sql' } };
    await expect(apply([jobConfig('relative', {}, { tasks: [task] })])).rejects.toMatchObject({
      code: 'configuration_invalid',
      details: { field: 'notebook_path' },
    });
  });

  it('creates a job anew that vanished between the look and the reset', async () => {
    const [first] = await apply([jobConfig('vanishing')]);
    const changed = jobConfig('vanishing', {}, { max_concurrent_runs: 5 });
    await workspace.local.fault({
      match: { method: 'POST', path: '/api/*/jobs/reset' },
      status: 400,
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Job ${first?.jobId} does not exist.`,
    });
    const [again] = await apply([changed]);
    expect(again).toMatchObject({ action: 'created', jobId: expect.stringMatching(/^\d+$/) });
    expect(again?.jobId).not.toBe(first?.jobId);
    expect((await workspace.client.jobs.get(again?.jobId ?? '')).settings.maxConcurrentRuns).toBe(5);
  });

  it('tells all differences before it writes the first', async () => {
    await apply([jobConfig('told_one'), jobConfig('told_two')]);
    const before = await writes();
    let told: unknown;
    await applyJobs({
      client: workspace.client,
      definitions: [jobConfig('told_one', {}, { timeout_seconds: 60 }), jobConfig('told_two')],
      notebooksDir,
      onPlan: (planned) => {
        told = planned.map(({ name, action, differences }) => [name, action, differences.length]);
      },
      dryRun: true,
    });
    expect(told).toEqual([
      ['told_one', 'reset', 1],
      ['told_two', 'unchanged', 0],
    ]);
    expect(await writes()).toEqual(before);
  });

  it('passes on what Databricks says of a definition, names the setting, and takes back what it wrote before', async () => {
    const [old] = await apply([jobConfig('kept_as_it_was')]);
    const oldSource = '-- Databricks notebook source\nSELECT 1\n';
    await workspace.client.files.importNotebook({
      path: notebookPath('kept_as_it_was'),
      language: 'SQL',
      source: oldSource,
    });
    const [task] = (jobConfig('x').settings?.tasks ?? []) as Record<string, unknown>[];
    const refused = apply([
      jobConfig('kept_as_it_was', {}, { max_concurrent_runs: 7 }),
      jobConfig('never_made'),
      jobConfig('bad', {}, { tasks: [{ ...task, max_retries: -2 }] }),
    ]);
    await expect(refused).rejects.toMatchObject({
      code: 'definition_rejected',
      httpStatus: 422,
      message: expect.stringMatching(/job "bad" \(resources\.jobs\.bad\.tasks\.process\.max_retries\).*-1/),
      details: { job: 'bad', field: 'resources.jobs.bad.tasks.process.max_retries', remaining: [] },
    });
    const live = await workspace.client.jobs.get(old?.jobId ?? '');
    expect(live.settings.maxConcurrentRuns).toBe(20);
    expect(await workspace.client.files.exportNotebook(notebookPath('kept_as_it_was'))).toBe(oldSource);
    expect(await workspace.client.jobs.list({ name: 'never_made' })).toEqual([]);
    expect(await workspace.client.files.getStatus(notebookPath('never_made'))).toBeNull();
  });

  it('says what it could not take back', async () => {
    await workspace.local.fault({
      match: { method: 'POST', path: '/api/*/jobs/delete' },
      status: 403,
      times: 1,
    });
    await expect(
      apply([jobConfig('left_over'), jobConfig('bad_too', {}, { timeout_seconds: -1 })]),
    ).rejects.toMatchObject({
      code: 'definition_rejected',
      message: expect.stringMatching(/not taken back: new job \d+/),
    });
    await workspace.local.clearFaults();
  });

  it('says what is written already when the workspace fails midway, and goes on from there when applied again', async () => {
    await workspace.local.fault({
      match: { method: 'POST', path: '/api/*/jobs/create' },
      status: 500,
      error_code: 'INTERNAL_ERROR',
      message: 'down',
      skip_first: 1,
      times: 50,
    });
    const definitions = [jobConfig('written_first'), jobConfig('broken_off')];
    const failed = await apply(definitions).catch((failure: unknown) => failure);
    await workspace.local.clearFaults();
    const [first] = await workspace.client.jobs.list({ name: 'written_first' });
    expect(failed).toMatchObject({
      code: 'workspace_unavailable',
      message: expect.stringContaining(
        `broke off at job "broken_off"; written before: notebook ${notebookPath('written_first')}, new job ${first?.jobId}, notebook ${notebookPath('broken_off')}. Apply again`,
      ),
      details: { job: 'broken_off', written: expect.arrayContaining([`new job ${first?.jobId}`]) },
    });
    expect(await apply(definitions)).toMatchObject([{ action: 'unchanged' }, { action: 'created' }]);
  });

  it('refuses a configured id that the workspace does not have', async () => {
    await expect(apply([jobConfig('gone', { jobId: '404' })])).rejects.toMatchObject({ code: 'unknown_job' });
  });

  /** How often each call that writes was made. */
  async function writes(): Promise<Record<string, number>> {
    const { requests } = await workspace.local.ledger();
    return Object.fromEntries(
      Object.entries(requests).filter(
        ([request]) => !request.startsWith('GET ') && !request.includes('/sql/'),
      ),
    );
  }
});
