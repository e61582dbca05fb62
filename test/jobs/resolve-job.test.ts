import type { JobConfig } from '../../src/config/config.ts';
import { resolveJob } from '../../src/jobs/resolve-job.ts';
import { type ConnectedWorkspace, connectWorkspace } from '../tables/connected-workspace.ts';
import { jobConfig } from './job-config.ts';

const parameters = [{ name: 'position_date', default: '' }];

describe('The job that a caller means', () => {
  let workspace: ConnectedWorkspace;

  beforeAll(async () => {
    workspace = await connectWorkspace();
  });
  afterAll(() => workspace.close());

  const resolve = (selector: Parameters<typeof resolveJob>[2], ...configured: JobConfig[]) =>
    resolveJob(
      workspace.client,
      { jobs: Object.fromEntries(configured.map((job) => [job.key, job])) },
      selector,
    );
  const create = async (name: string, settings: Record<string, unknown> = { parameters }) =>
    (await workspace.client.jobs.create({ name, ...settings })).jobId;

  it('is found by its key, by its name and by its id, each time with the configured policy', async () => {
    const jobId = await create('found');
    const base = jobConfig('found', { key: 'by_key' });
    const config = { ...base, policy: { ...base.policy, headroom: 7 } };
    for (const selector of [{ job: 'by_key' }, { job: 'found' }, { jobId }]) {
      expect(await resolve(selector, config)).toMatchObject({
        jobId,
        jobName: 'found',
        job: { settings: { maxConcurrentRuns: 1 } },
        policy: { headroom: 7, dateParameter: 'position_date', parameterStyle: 'job_parameters' },
      });
    }
  });

  it('prefers a key over a name', async () => {
    const jobId = await create('real name');
    await create('key-or-name');
    expect(
      await resolve({ job: 'key-or-name' }, jobConfig('real name', { key: 'key-or-name' })),
    ).toMatchObject({ jobId });
  });

  it('needs no configuration', async () => {
    const jobId = await create('plain');
    expect(await resolve({ job: 'plain' })).toMatchObject({ jobId, policy: { calendar: 'US' } });
  });

  it('is told apart when several have the name', async () => {
    const ids = [await create('twins'), await create('twins')];
    await expect(resolve({ job: 'twins' })).rejects.toMatchObject({
      code: 'ambiguous_job',
      details: { job_ids: expect.arrayContaining(ids) },
    });
    expect(await resolve({ jobId: ids[1] ?? '' })).toMatchObject({ jobId: ids[1] });
    expect(await resolve({ job: 'twins' }, jobConfig('twins', { jobId: ids[0] ?? '' }))).toMatchObject({
      jobId: ids[0],
    });
  });

  it('is unknown with the near names of configuration and workspace', async () => {
    await create('daily_positions');
    await expect(
      resolve({ job: 'daily_position' }, jobConfig('weekly', { key: 'daily_possition' })),
    ).rejects.toMatchObject({
      code: 'unknown_job',
      details: { near: expect.arrayContaining(['daily_positions', 'daily_possition']) },
    });
    await expect(resolve({ jobId: '404' })).rejects.toMatchObject({ code: 'unknown_job' });
    await expect(resolve({ job: 'weekly' }, jobConfig('weekly'))).rejects.toMatchObject({
      code: 'unknown_job',
      message: expect.stringContaining('backfill jobs apply'),
    });
  });

  it.each([
    "'; DROP TABLE jobs; --",
    '../../etc/passwd',
    '__proto__',
    'constructor',
    '',
    'a&name=b',
    '\u0000',
  ])('is unknown when its name is only an attack (%j)', async (job) => {
    await expect(resolve({ job })).rejects.toMatchObject({ code: 'unknown_job' });
  });

  it.each(['1 OR 1=1', '-1', '', 'abc'])('has an id of digits, not %j', async (jobId) => {
    await expect(resolve({ jobId })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('must declare the parameter that carries the date', async () => {
    await create('dateless', { parameters: [{ name: 'as_of', default: '' }] });
    await expect(resolve({ job: 'dateless' })).rejects.toMatchObject({
      code: 'undeclared_parameter',
      details: { parameter: 'position_date', declared: ['as_of'] },
    });
    const base = jobConfig('dateless');
    const policy = { ...base.policy, dateParameter: 'as_of' };
    expect(await resolve({ job: 'dateless' }, { ...base, policy })).toMatchObject({
      policy: { dateParameter: 'as_of' },
    });
  });

  it('takes the date as a notebook parameter where it declares no job parameters', async () => {
    const task = (base_parameters: Record<string, string>) => ({
      tasks: [{ task_key: 'x', notebook_task: { notebook_path: '/Shared/x', base_parameters } }],
    });
    await create('notebook-style', task({ position_date: '' }));
    expect(await resolve({ job: 'notebook-style' })).toMatchObject({
      policy: { parameterStyle: 'notebook_params' },
    });
    await create('nothing-declared', task({ other: '' }));
    await expect(resolve({ job: 'nothing-declared' })).rejects.toMatchObject({
      code: 'undeclared_parameter',
    });
  });
});
