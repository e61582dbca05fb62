import { join } from 'node:path';
import { type AppliedJob, applyJobs } from '../../src/jobs/apply-jobs.ts';
import { listJobs } from '../../src/jobs/list-jobs.ts';
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

  it('resets a job that differs and leaves its id', async () => {
    const [created] = await apply([jobConfig('reset')]);
    const [reset] = await apply([jobConfig('reset', {}, { max_concurrent_runs: 5 })]);
    expect(reset).toMatchObject({
      action: 'reset',
      jobId: created?.jobId,
      differences: ['max_concurrent_runs'],
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

  it('refuses a configured id that the workspace does not have', async () => {
    await expect(apply([jobConfig('gone', { jobId: '404' })])).rejects.toMatchObject({ code: 'unknown_job' });
  });

  it('jobs list shows each job of the configuration beside the workspace', async () => {
    await apply([jobConfig('listed_same'), jobConfig('listed_changed')]);
    const theirs = await workspace.client.jobs.create({ name: 'listed_theirs' });
    await workspace.client.jobs.create({ name: 'listed_twice' });
    await workspace.client.jobs.create({ name: 'listed_twice' });
    const listed = await listJobs(workspace.client, [
      jobConfig('listed_same'),
      jobConfig('listed_changed', {}, { timeout_seconds: 60 }),
      jobConfig('listed_theirs'),
      jobConfig('listed_theirs', { key: 'listed_external', settings: null }),
      jobConfig('listed_twice'),
      jobConfig('listed_absent'),
    ]);
    expect(listed.map(({ key, state, differences }) => [key, state, differences.join()])).toEqual([
      ['listed_same', 'in_sync', ''],
      ['listed_changed', 'differs', 'timeout_seconds'],
      ['listed_theirs', 'not_managed', expect.stringContaining('tasks')],
      ['listed_external', 'external', ''],
      ['listed_twice', 'ambiguous', ''],
      ['listed_absent', 'missing', ''],
    ]);
    expect(listed[3]).toMatchObject({ jobIds: [theirs.jobId], maxConcurrentRuns: 1 });
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
