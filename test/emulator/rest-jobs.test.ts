import { RestWorkspace } from './rest-workspace.ts';

const TASK = { task_key: 'process', notebook_task: { notebook_path: '/Shared/process' } };
let workspace: RestWorkspace;

beforeAll(async () => {
  workspace = await RestWorkspace.start();
});
afterAll(() => workspace.stop());

async function settingsOf(jobId: bigint) {
  return (await workspace.ok('GET', `/api/2.2/jobs/get?job_id=${jobId}`)).settings;
}

describe('Saved jobs of the emulator', () => {
  test('A job id is a JSON integer above 2^53 and two jobs differ although their doubles are equal', async () => {
    const reply = await workspace.post('/api/2.2/jobs/create', { name: 'first' });
    const second = await workspace.createJob({ name: 'second' });
    expect(reply.text).toMatch(/^\{"job_id":\d{17,19}\}$/);
    expect(second).not.toBe(reply.body.job_id);
    expect(Number(second)).toBe(Number(reply.body.job_id));
  });

  test('A job shows the defaults that the server fills in', async () => {
    const tasks = [
      { ...TASK, task_key: 'c', depends_on: [{ task_key: 'b' }, { task_key: 'a' }] },
      { ...TASK, task_key: 'b' },
      { ...TASK, task_key: 'a' },
    ];
    const settings = await settingsOf(await workspace.createJob({ tasks }));
    expect(settings).toMatchObject({
      name: 'Untitled',
      email_notifications: {},
      webhook_notifications: {},
      timeout_seconds: 0,
      max_concurrent_runs: 1,
      format: 'MULTI_TASK',
    });
    expect(settings.tasks[0]).toMatchObject({
      run_if: 'ALL_SUCCESS',
      depends_on: [{ task_key: 'a' }, { task_key: 'b' }],
      notebook_task: { source: 'WORKSPACE' },
    });
  });

  test('Queueing is on by default in API 2.2 and off in API 2.1', async () => {
    expect((await settingsOf(await workspace.createJob({ name: 'q' }, '2.2'))).queue).toEqual({
      enabled: true,
    });
    expect((await settingsOf(await workspace.createJob({ name: 'q' }, '2.1'))).queue).toEqual({
      enabled: false,
    });
  });

  test('The name filter of jobs/list takes whole names in any case, and a name need not be unique', async () => {
    const twins = [await workspace.createJob({ name: 'Twin' }), await workspace.createJob({ name: 'twin' })];
    await workspace.createJob({ name: 'twin of none' });
    const { jobs } = await workspace.ok('GET', '/api/2.2/jobs/list?name=TWIN');
    expect(jobs.map((job: { job_id: bigint }) => job.job_id)).toEqual(twins.toReversed());
  });

  test('A list that finds nothing has no jobs field', async () => {
    expect(await workspace.ok('GET', '/api/2.2/jobs/list?name=nobody')).toEqual({ has_more: false });
  });

  test('Pages of jobs/list together hold every job once', async () => {
    for (let index = 0; index < 5; index += 1) await workspace.createJob({ name: 'paged', tasks: [TASK] });
    const seen: bigint[] = [];
    let token = '';
    do {
      const page = await workspace.ok('GET', `/api/2.2/jobs/list?name=paged&limit=2&page_token=${token}`);
      for (const job of page.jobs) {
        expect(job.settings.tasks).toBeUndefined();
        seen.push(job.job_id);
      }
      token = page.next_page_token ?? '';
      expect(page.has_more).toBe(token !== '');
    } while (token !== '');
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });

  test('A reset replaces every setting but keeps an old run_as, and answers an empty body', async () => {
    const run_as = { user_name: 'ann@example.test' };
    const jobId = await workspace.createJob({ name: 'old', description: 'gone after reset', run_as });
    const reply = await workspace.post('/api/2.2/jobs/reset', {
      job_id: jobId,
      new_settings: { name: 'new' },
    });
    expect([reply.status, reply.text]).toEqual([200, '']);
    const settings = await settingsOf(jobId);
    expect(settings).toMatchObject({ name: 'new', run_as });
    expect(settings.description).toBeUndefined();
  });

  test('An update replaces top-level settings, merges tasks by key and removes what it is told to', async () => {
    const jobId = await workspace.createJob({
      name: 'before',
      description: 'stays',
      tags: { a: '1', b: '2' },
      tasks: [TASK, { ...TASK, task_key: 'dropped' }],
    });
    await workspace.ok('POST', '/api/2.2/jobs/update', {
      job_id: jobId,
      new_settings: { tags: { c: '3' }, tasks: [{ ...TASK, task_key: 'added' }] },
      fields_to_remove: ['tasks/dropped', 'description'],
    });
    const settings = await settingsOf(jobId);
    expect(settings.name).toBe('before');
    expect(settings.tags).toEqual({ c: '3' });
    expect(settings.description).toBeUndefined();
    expect(settings.tasks.map((task: { task_key: string }) => task.task_key)).toEqual(['process', 'added']);
  });

  test('API 2.2 shows tasks a hundred at a time, API 2.1 all at once', async () => {
    const tasks = Array.from({ length: 130 }, (_, index) => ({ ...TASK, task_key: `t${index}` }));
    const jobId = await workspace.createJob({ tasks });
    const first = await workspace.ok('GET', `/api/2.2/jobs/get?job_id=${jobId}`);
    expect(first.settings.tasks).toHaveLength(100);
    const path = `/api/2.2/jobs/get?job_id=${jobId}&page_token=${first.next_page_token}`;
    expect((await workspace.ok('GET', path)).settings.tasks).toHaveLength(30);
    const whole = await workspace.ok('GET', `/api/2.1/jobs/get?job_id=${jobId}`);
    expect(whole.settings.tasks).toHaveLength(130);
  });

  test('A deleted job is reported as 400 INVALID_PARAMETER_VALUE by every call', async () => {
    const jobId = await workspace.createJob({ name: 'doomed' });
    await workspace.ok('POST', '/api/2.2/jobs/delete', { job_id: jobId });
    const body = { error_code: 'INVALID_PARAMETER_VALUE', message: `Job ${jobId} does not exist.` };
    const replies = [
      await workspace.get(`/api/2.2/jobs/get?job_id=${jobId}`),
      await workspace.post('/api/2.2/jobs/delete', { job_id: jobId }),
      await workspace.post('/api/2.2/jobs/run-now', { job_id: jobId }),
    ];
    for (const reply of replies) expect([reply.status, reply.body]).toEqual([400, body]);
  });

  test.each([
    ['max_concurrent_runs over 1000', { max_concurrent_runs: 1001 }, 'max_concurrent_runs'],
    ['a fractional time-out', { timeout_seconds: 1.5 }, 'timeout_seconds'],
    ['two tasks with one key', { tasks: [TASK, TASK] }, 'tasks'],
    ['a job parameter without default', { parameters: [{ name: 'p' }] }, 'parameters.0.default'],
    ['26 tags', { tags: Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`t${i}`, ''])) }, 'tags'],
  ])('A job with %s is refused and the field named', async (_, settings, field) => {
    const { status, body } = await workspace.post('/api/2.2/jobs/create', settings);
    expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(body.message).toContain(field);
  });

  test('A body that is no JSON is refused as MALFORMED_REQUEST', async () => {
    const { status, body } = await workspace.post('/api/2.2/jobs/create', '{"name":');
    expect([status, body.error_code]).toEqual([400, 'MALFORMED_REQUEST']);
  });
});
