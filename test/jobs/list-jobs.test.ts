import { applyJobs } from '../../src/jobs/apply-jobs.ts';
import { listJobs } from '../../src/jobs/list-jobs.ts';
import type { Verification } from '../../src/jobs/system-jobs.ts';
import { type ConnectedWorkspace, connectWorkspace } from '../tables/connected-workspace.ts';
import { jobConfig } from './job-config.ts';

describe('jobs list', () => {
  let workspace: ConnectedWorkspace;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());
  afterEach(async () => {
    await workspace.local.config({ system_jobs: 'current' });
    await workspace.client.warehouses.start('local');
  });

  const source = (verification: Verification, warehouseId: string | null = 'local') => ({
    client: workspace.client,
    warehouseId,
    query: workspace.warehouse.query.bind(workspace.warehouse),
    verification,
  });
  const create = async (name: string) => (await workspace.client.jobs.create({ name })).jobId;

  it('shows each job of the configuration beside the workspace, verified in both places', async () => {
    await applyJobs({
      client: workspace.client,
      definitions: [jobConfig('listed_same'), jobConfig('listed_changed')],
      notebooksDir: 'notebooks',
    });
    const theirs = await create('listed_theirs');
    await create('listed_twice');
    await create('listed_twice');
    const { items, note } = await listJobs(source('if_running'), [
      jobConfig('listed_same'),
      jobConfig('listed_changed', {}, { timeout_seconds: 60 }),
      jobConfig('listed_theirs'),
      jobConfig('listed_theirs', { key: 'listed_external', settings: null }),
      jobConfig('listed_twice'),
      jobConfig('listed_absent'),
      jobConfig('listed_optional', { optional: true }),
    ]);
    expect(note).toBeNull();
    expect(
      items.map(({ key, state, differences, jobs }) => [
        key,
        state,
        differences.map(({ path }) => path).join(),
        jobs.map(({ agree }) => agree).join(),
      ]),
    ).toEqual([
      ['listed_same', 'in_sync', '', 'true'],
      ['listed_changed', 'differs', 'timeout_seconds', 'true'],
      ['listed_theirs', 'not_managed', expect.stringContaining('tasks'), 'true'],
      ['listed_external', 'external', '', 'true'],
      ['listed_twice', 'ambiguous', '', 'true,true'],
      ['listed_absent', 'missing', '', ''],
      ['listed_optional', 'optional', '', ''],
    ]);
    expect(items[3]).toMatchObject({ jobIds: [theirs], maxConcurrentRuns: 1 });
  });

  it('says of each job of a name whether the API and the system table agree', async () => {
    const [kept, deleted, renamed] = [
      await create('doubted'),
      await create('doubted'),
      await create('doubted'),
    ];
    await workspace.local.config({ system_jobs: 'stale' });
    await workspace.client.jobs.delete(deleted);
    await workspace.client.jobs.update(renamed, { name: 'called otherwise' });
    const added = await create('doubted');
    const { items } = await listJobs(source('if_running'), [], 'doubted');
    expect(items).toMatchObject([
      {
        key: null,
        state: 'ambiguous',
        jobIds: [kept, added],
        jobs: [
          { jobId: kept, found: 'both', agree: true, managed: false, createdAt: expect.any(String) },
          { jobId: added, found: 'api', agree: false },
          { jobId: deleted, found: 'system_table', agree: false, createdAt: null },
          { jobId: renamed, found: 'renamed', agree: false },
        ],
      },
    ]);
  });

  it('leaves out jobs of other workspaces and earlier names, which the system table has too', async () => {
    const jobId = await create('earlier name');
    await workspace.client.jobs.update(jobId, { name: 'later name' });
    await workspace.warehouse.execute(
      `INSERT INTO system.lakeflow.jobs (workspace_id, job_id, name, change_time)
       VALUES ('1', '77', 'later name', current_timestamp())`,
    );
    await workspace.local.config({ system_jobs: 'stale' });
    const { items } = await listJobs(source('if_running'), [jobConfig('earlier name')], 'later name');
    expect(items[0]?.jobs).toMatchObject([{ jobId, agree: true }]);
    const { items: earlier } = await listJobs(source('if_running'), [], 'earlier name');
    expect(earlier).toMatchObject([{ state: 'missing', jobs: [] }]);
  });

  it('works with the API alone where the system table is not granted, and says so in one line', async () => {
    const jobId = await create('ungranted');
    await workspace.local.config({ system_jobs: 'denied' });
    const { items, note } = await listJobs(source('always'), [], 'ungranted');
    expect(items[0]?.jobs).toMatchObject([{ jobId, found: 'api', agree: null }]);
    expect(note).toBe(
      'By the Jobs API alone: system.lakeflow.jobs was not read (these credentials have no grant on it).',
    );
  });

  it('wakes no sleeping warehouse unless it is told to, and needs none', async () => {
    await create('asleep');
    await workspace.client.warehouses.stop('local');
    expect((await listJobs(source('if_running'), [], 'asleep')).note).toMatch(/is stopped; --verify/);
    expect((await workspace.client.warehouses.get('local')).state).toBe('STOPPED');
    expect((await listJobs(source('never'), [], 'asleep')).note).toContain('not asked for');
    expect((await listJobs(source('always', null), [], 'asleep')).note).toContain('no SQL warehouse');
    expect(await listJobs(source('always'), [], 'asleep')).toMatchObject({
      note: null,
      items: [{ jobs: [{ agree: true }] }],
    });
  });
});
