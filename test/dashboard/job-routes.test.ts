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
        },
      ],
      next_cursor: null,
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
      { state: 'in_sync', max_concurrent_runs: 20 },
    ]);
    expect((await web.post('/api/jobs/apply')).json.items).toMatchObject([{ action: 'unchanged' }]);
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
