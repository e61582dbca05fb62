import { Secret } from '../../src/config/secret.ts';
import { jobConfig } from '../jobs/job-config.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace } from './running-web.ts';

describe('The jobs of the configuration', () => {
  let workspace: Workspace;
  let web: RunningWeb;

  beforeAll(async () => {
    workspace = await startWorkspace();
  });
  afterAll(() => workspace.close());
  beforeEach(async () => {
    web = await startWeb({
      databricks: workspace.databricks,
      jobs: { '02_process_data': jobConfig('02_process_data') },
    });
  });
  afterEach(() => web.close());

  it('are made by apply, and the list says before and after what the workspace has', async () => {
    expect((await web.get('/api/jobs')).json).toEqual({
      items: [
        {
          key: '02_process_data',
          name: '02_process_data',
          state: 'missing',
          job_ids: [],
          max_concurrent_runs: null,
          differences: [],
          jobs: [],
        },
      ],
      next_cursor: null,
      note: null,
    });
    const rehearsed = await web.post('/api/jobs/apply', { dry_run: true });
    expect(rehearsed.json.items).toMatchObject([{ action: 'created', job_id: null }]);
    expect(await workspace.client.jobs.list()).toEqual([]);

    const applied = await web.post('/api/jobs/apply');
    expect(applied.status).toBe(200);
    expect(applied.json.items).toMatchObject([
      {
        key: '02_process_data',
        job_id: expect.stringMatching(/^\d+$/),
        action: 'created',
        notebooks: [{ path: expect.stringMatching(/02_process_data$/), action: 'imported' }],
      },
    ]);
    expect((await web.get('/api/jobs')).json.items).toMatchObject([
      { state: 'in_sync', max_concurrent_runs: 20, jobs: [{ found: 'both', agree: true, managed: true }] },
    ]);
    expect((await web.post('/api/jobs/apply')).json.items).toMatchObject([{ action: 'unchanged' }]);
  });

  it('are applied one by one by their key', async () => {
    const reply = await web.post('/api/jobs/apply', { job: 'nightly', dry_run: true });
    expect([reply.status, reply.json.code]).toEqual([422, 'unknown_job']);
    const known = await web.post('/api/jobs/apply', { job: '02_process_data', dry_run: true });
    expect(known.json.items).toMatchObject([{ key: '02_process_data' }]);
  });

  it('and those of any name are listed, cleaned up and deleted', async () => {
    const tags = { managed_by: 'databricks-backfill' };
    const older = await workspace.createJob('twice', { tags });
    const newer = await workspace.createJob('twice', { tags });
    expect((await web.get('/api/jobs?name=twice&verify=never')).json).toMatchObject({
      items: [{ key: null, state: 'ambiguous', job_ids: [older, newer], jobs: [{ agree: null }, {}] }],
      note: expect.stringContaining('Jobs API alone'),
    });
    const rehearsed = await web.post('/api/jobs/cleanup', { name: 'twice', dry_run: true });
    expect(rehearsed.json).toMatchObject({
      items: [
        { job_id: older, action: 'deleted', live_runs: 0, created_at: expect.any(String) },
        { job_id: newer, action: 'kept' },
      ],
      next_cursor: null,
    });
    expect(await workspace.client.jobs.list({ name: 'twice' })).toHaveLength(2);
    await web.post('/api/jobs/cleanup', { name: 'twice' });
    const deleted = await web.post('/api/jobs/delete', { job_id: newer });
    expect(deleted.json).toMatchObject({ job_id: newer, action: 'deleted' });
    expect(await workspace.client.jobs.list({ name: 'twice' })).toEqual([]);
  });

  it('are not removed while runs of theirs live, unless the request says so', async () => {
    const tags = { managed_by: 'databricks-backfill' };
    const busy = await workspace.createJob('busy', { tags });
    await workspace.createJob('busy', { tags });
    await workspace.emulator.local.config({ run_duration_ms: { min: 60_000, max: 60_000 } });
    await workspace.client.jobs.runNow({ jobId: busy, idempotencyToken: 'busy' });
    const rehearsed = await web.post('/api/jobs/cleanup', { name: 'busy', dry_run: true });
    expect(rehearsed.json.items).toMatchObject([{ job_id: busy, action: 'deleted', live_runs: 1 }, {}]);
    for (const [path, body] of [
      ['cleanup', { name: 'busy' }],
      ['delete', { job_id: busy }],
    ] as const) {
      const reply = await web.post(`/api/jobs/${path}`, body);
      expect([path, reply.status]).toEqual([path, 409]);
      expect(reply.json).toMatchObject({
        code: 'job_has_live_runs',
        message: expect.stringContaining('with_live_runs'),
        details: { jobs: [{ job_id: busy, live_runs: 1 }] },
      });
    }
    const told = await web.post('/api/jobs/delete', { job_id: busy, with_live_runs: true });
    expect(told.json).toMatchObject({ action: 'deleted' });
  });

  it('are not removed while a backfill of theirs is unfinished, unless the request says so', async () => {
    const jobId = await workspace.createJob('planned', { tags: { managed_by: 'databricks-backfill' } });
    const asked = { job_id: jobId, dates: ['2024-06-03'] };
    const made = await web.post('/api/backfills', asked);
    expect(made.status).toBe(202);
    const reply = await web.post('/api/jobs/delete', { job_id: jobId });
    expect([reply.status, reply.json.code]).toEqual([409, 'job_has_live_runs']);
    expect(reply.json).toMatchObject({
      message: expect.stringContaining('1 unfinished backfill'),
      details: { jobs: [{ job_id: jobId, open_backfills: [made.json.id] }] },
    });
    const told = await web.post('/api/jobs/delete', { job_id: jobId, with_live_runs: true });
    expect(told.json).toMatchObject({ action: 'deleted' });
  });

  it('are not applied where Databricks refuses a definition, and the answer names the setting', async () => {
    await web.close();
    const [task] = (jobConfig('bad').settings?.tasks ?? []) as object[];
    const bad = jobConfig('bad', {}, { tasks: [{ ...task, max_retries: -2 }] });
    web = await startWeb({ databricks: workspace.databricks, jobs: { bad } });
    const reply = await web.post('/api/jobs/apply');
    expect([reply.status, reply.json.code]).toEqual([422, 'definition_rejected']);
    expect(reply.json).toMatchObject({
      message: expect.stringContaining('Nothing was changed.'),
      details: { job: 'bad', field: 'resources.jobs.bad.tasks.process.max_retries', remaining: [] },
    });
    expect(await workspace.client.jobs.list({ name: 'bad' })).toEqual([]);
  });

  it('are listed with a note where the system table is not granted', async () => {
    const jobId = await workspace.createJob('ungranted');
    await workspace.emulator.local.config({ system_jobs: 'denied' });
    const reply = await web.get('/api/jobs?name=ungranted&verify=always');
    await workspace.emulator.local.config({ system_jobs: 'current' });
    expect([reply.status, reply.json.note]).toEqual([
      200,
      'By the Jobs API alone: system.lakeflow.jobs was not read (these credentials have no grant on it).',
    ]);
    expect(reply.json.items).toMatchObject([{ job_ids: [jobId], jobs: [{ found: 'api', agree: null }] }]);
  });

  it('are not removed by a request that is unclear, nor by a viewer', async () => {
    const theirs = await workspace.createJob('not ours');
    for (const [path, body, status, code] of [
      ['/api/jobs/cleanup', {}, 400, 'invalid_request'],
      ['/api/jobs/cleanup', { name: 'x', force: true }, 400, 'invalid_request'],
      ['/api/jobs/cleanup', { name: 'no such job' }, 422, 'unknown_job'],
      ['/api/jobs/delete', {}, 400, 'invalid_request'],
      ['/api/jobs/delete', { job: 'a', job_id: '1' }, 400, 'invalid_request'],
      ['/api/jobs/delete', { job_id: theirs }, 409, 'job_not_managed'],
    ] as const) {
      const reply = await web.post(path, body);
      expect([path, reply.status, reply.json.code]).toEqual([path, status, code]);
    }
    await web.close();
    const viewer = { name: 'eye', role: 'viewer', token: new Secret('look') } as const;
    web = await startWeb({
      databricks: workspace.databricks,
      web: { port: 0, bind: '127.0.0.1', tokens: [viewer], logCacheMs: 0 },
    });
    const authorization = { authorization: 'Bearer look' };
    expect((await web.get('/api/jobs', authorization)).status).toBe(200);
    for (const call of ['apply', 'cleanup', 'delete']) {
      const reply = await web.post(`/api/jobs/${call}`, { job_id: theirs }, authorization);
      expect([reply.status, reply.json.code]).toEqual([403, 'forbidden']);
    }
  });

  it('that someone else made are left alone', async () => {
    await workspace.createJob('theirs');
    await web.close();
    web = await startWeb({ databricks: workspace.databricks, jobs: { theirs: jobConfig('theirs') } });
    const reply = await web.post('/api/jobs/apply');
    expect([reply.status, reply.json.code]).toEqual([409, 'job_not_managed']);
  });

  it('cannot be read with a token that the workspace refuses, and the answer says so', async () => {
    await workspace.emulator.local.fault({
      match: { method: 'GET', path: '/api/*/jobs/list' },
      status: 403,
      error_code: 'PERMISSION_DENIED',
      message: 'no',
      times: 1,
    });
    const reply = await web.get('/api/jobs');
    expect([reply.status, reply.json.code]).toEqual([502, 'workspace_forbidden']);
  });
});
