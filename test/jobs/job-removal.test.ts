import { cleanUpJobs, deleteJob, type RemovalOptions } from '../../src/jobs/job-removal.ts';
import { type ConnectedWorkspace, connectWorkspace } from '../tables/connected-workspace.ts';

const tags = { managed_by: 'databricks-backfill' };

describe('Jobs are removed', () => {
  let workspace: ConnectedWorkspace;

  beforeAll(async () => {
    workspace = await connectWorkspace();
    await workspace.local.config({ run_duration_ms: { min: 60_000, max: 60_000 } });
  });
  afterAll(() => workspace.close());

  const create = async (name: string, settings: object = { tags }) =>
    (await workspace.client.jobs.create({ name, ...settings })).jobId;
  const idsOf = async (name: string) =>
    (await workspace.client.jobs.list({ name })).map(({ jobId }) => jobId).sort();
  const cleanUp = (which: Parameters<typeof cleanUpJobs>[0], options: Omit<RemovalOptions, 'client'> = {}) =>
    cleanUpJobs(which, { client: workspace.client, ...options });
  const startRun = (jobId: string) =>
    workspace.client.jobs.runNow({ jobId, idempotencyToken: `run-${jobId}` });

  it('but the newest of their name, which stays', async () => {
    const ids = [await create('thrice'), await create('thrice'), await create('thrice')];
    expect(await cleanUp({ name: 'thrice' }, { dryRun: true })).toMatchObject([
      { jobId: ids[0], action: 'deleted', liveRuns: 0 },
      { jobId: ids[1], action: 'deleted' },
      { jobId: ids[2], action: 'kept' },
    ]);
    expect(await idsOf('thrice')).toHaveLength(3);
    await cleanUp({ name: 'thrice' });
    expect(await idsOf('thrice')).toEqual([ids[2]]);
    expect(await cleanUp({ name: 'thrice' })).toMatchObject([{ action: 'kept' }]);
  });

  it('but the one that the configuration names by its id, where it does', async () => {
    const ids = [await create('chosen'), await create('chosen')];
    await cleanUp({ name: 'chosen', keepId: ids[0] ?? null });
    expect(await idsOf('chosen')).toEqual([ids[0]]);
  });

  it('all of them when the newest shall not be kept either', async () => {
    await create('all gone');
    await create('all gone');
    await cleanUp({ name: 'all gone', keepLatest: false });
    expect(await idsOf('all gone')).toEqual([]);
    await expect(cleanUp({ name: 'all gone' })).rejects.toMatchObject({ code: 'unknown_job' });
  });

  it('only where they have our tag, unless told otherwise', async () => {
    const theirs = await create('mixed', {});
    await create('mixed');
    const newest = await create('mixed');
    expect(await cleanUp({ name: 'mixed' })).toMatchObject([
      { jobId: theirs, action: 'left' },
      { action: 'deleted' },
      { action: 'kept' },
    ]);
    expect(await idsOf('mixed')).toEqual([theirs, newest].sort());
    await cleanUp({ name: 'mixed' }, { anyOwner: true });
    expect(await idsOf('mixed')).toEqual([newest]);
  });

  it('not while the newest of the name is of someone else and one of ours would go for it', async () => {
    const ours = await create('newest is theirs');
    const theirs = await create('newest is theirs', {});
    for (const dryRun of [true, false]) {
      await expect(cleanUp({ name: 'newest is theirs' }, { dryRun })).rejects.toMatchObject({
        code: 'job_not_managed',
        message: expect.stringMatching(new RegExp(`${theirs}.*someone else.*--any-owner`)),
        details: { job_id: theirs },
      });
    }
    expect(await idsOf('newest is theirs')).toEqual([ours, theirs].sort());
    const kept = await cleanUp({ name: 'newest is theirs', keepId: ours });
    expect(kept).toMatchObject([{ action: 'kept' }, { action: 'left' }]);
    await cleanUp({ name: 'newest is theirs' }, { anyOwner: true });
    expect(await idsOf('newest is theirs')).toEqual([theirs]);
  });

  it('up to one that Databricks refuses to delete, and then says which are gone', async () => {
    const ids = [await create('refused'), await create('refused'), await create('refused')];
    await workspace.local.fault({
      match: { method: 'POST', path: '/api/*/jobs/delete' },
      status: 403,
      error_code: 'PERMISSION_DENIED',
      message: 'no',
      skip_first: 1,
    });
    await expect(cleanUp({ name: 'refused' })).rejects.toMatchObject({
      code: 'workspace_forbidden',
      message: expect.stringContaining(`Deleted before: ${ids[0]}. Not deleted: ${ids[1]}.`),
      details: { deleted: [ids[0]], remaining: [ids[1]] },
    });
    expect(await idsOf('refused')).toEqual(ids.slice(1).sort());
  });

  it('not while one of them has live runs, and then none, unless told otherwise', async () => {
    const [idle, busy, newest] = [await create('busy'), await create('busy'), await create('busy')];
    await startRun(busy);
    expect(await cleanUp({ name: 'busy' }, { dryRun: true })).toMatchObject([
      { jobId: idle, action: 'deleted', liveRuns: 0 },
      { jobId: busy, action: 'deleted', liveRuns: 1 },
      { jobId: newest, action: 'kept' },
    ]);
    await expect(cleanUp({ name: 'busy' })).rejects.toMatchObject({
      code: 'job_has_live_runs',
      message: expect.stringContaining(`job ${busy} has 1 live run,`),
      details: { jobs: [{ job_id: busy, live_runs: 1 }] },
    });
    expect(await idsOf('busy')).toEqual([idle, busy, newest].sort());
    await cleanUp({ name: 'busy' }, { withLiveRuns: true });
    expect(await idsOf('busy')).toEqual([newest]);
  });

  it('with live runs of the kept one only, since those stay', async () => {
    await create('kept is busy');
    const newest = await create('kept is busy');
    await startRun(newest);
    await cleanUp({ name: 'kept is busy' });
    expect(await idsOf('kept is busy')).toEqual([newest]);
  });

  it('one at a time by name or id, by the same rules', async () => {
    const { client } = workspace;
    const remove = (name: string, jobId: string | null, options: Omit<RemovalOptions, 'client'> = {}) =>
      deleteJob({ name, jobId }, { client, ...options });
    const ids = [await create('single'), await create('single', {})];
    await expect(remove('single', null)).rejects.toMatchObject({
      code: 'ambiguous_job',
      message: expect.stringContaining('--job-id'),
      details: { job_ids: ids },
    });
    await expect(remove('', ids[1] ?? '')).rejects.toMatchObject({ code: 'job_not_managed' });
    expect(await remove('', ids[1] ?? '', { anyOwner: true })).toMatchObject({ action: 'deleted' });
    await startRun(ids[0] ?? '');
    await expect(remove('single', null)).rejects.toMatchObject({ code: 'job_has_live_runs' });
    await remove('single', null, { withLiveRuns: true });
    await expect(remove('single', null)).rejects.toMatchObject({ code: 'unknown_job' });
    await expect(remove('', '404')).rejects.toMatchObject({ code: 'unknown_job' });
  });
});
