import type { Fact } from '../../src/facts/fact.ts';
import { jobConfig } from '../jobs/job-config.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace } from './running-web.ts';

const JUNE = { job: 'nightly', start_date: '2024-06-01', end_date: '2024-06-30' };
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('A backfill is asked for', () => {
  let workspace: Workspace;
  let jobId: string;
  let web: RunningWeb;

  beforeAll(async () => {
    workspace = await startWorkspace();
    jobId = await workspace.createJob('nightly');
  });
  afterAll(() => workspace.close());
  beforeEach(async () => {
    web = await startWeb({ databricks: workspace.databricks });
  });
  afterEach(() => web.close());

  const create = (body: object, headers: Record<string, string> = {}) =>
    web.post('/api/backfills', body, headers);

  it('and answered at once with its id, its address and every date of the range', async () => {
    const facts: Fact[] = [];
    web.facts.subscribe((fact) => {
      if (fact.type !== 'audit.write') facts.push(fact);
    });
    const reply = await create({ ...JUNE, reason: 'late source' });

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({
      id: expect.stringMatching(UUID_V7),
      job: 'nightly',
      job_id: jobId,
      state: 'planning',
      counts: { pending: 19, skipped: 11, total: 30, running: 0 },
      created_by: 'anonymous',
      finished_at: null,
      retry_of: null,
      request: { ...JUNE, reason: 'late source' },
      warnings: [],
      not_yet_durable: true,
    });
    expect(reply.headers.get('location')).toBe(`/api/backfills/${reply.json.id}`);
    expect((await web.get(`/api/backfills/${reply.json.id}`)).json).toMatchObject({ state: 'planning' });
    expect(facts).toEqual([
      { type: 'backfill.created', backfill_id: reply.json.id, dates: 30, created_by: 'anonymous' },
    ]);
  });

  it('and handed to the workers through the queue of plans', async () => {
    const { json } = await create(JUNE);
    const jobs = await web.queues.plans.getWaiting();
    expect(jobs.map((job) => job.data)).toEqual([{ v: 1, backfill_id: json.id }]);
  });

  it('for single dates, which run in order and each once, less those that are excluded', async () => {
    const { json } = await create({
      job_id: jobId,
      dates: ['2024-06-05', '2024-06-03', '2024-06-05', '2024-06-04'],
      exclude_dates: ['2024-06-04'],
      order: 'desc',
    });
    expect(await web.plans.plan(String(json.id))).toEqual([
      { positionDate: '2024-06-05', letter: 'p' },
      { positionDate: '2024-06-04', letter: 'x' },
      { positionDate: '2024-06-03', letter: 'p' },
    ]);
  });

  it('with another calendar: every day for "none", the holidays of New York for "US-NY"', async () => {
    const everyDay = await create({ ...JUNE, calendar: 'none' });
    expect(everyDay.json.counts).toMatchObject({ pending: 30, skipped: 0 });
    const lincoln = { job: 'nightly', dates: ['2024-02-12', '2024-02-13'] };
    expect((await create({ ...lincoln, calendar: 'US-NY' })).json.counts).toMatchObject({ pending: 1 });
    expect((await create(lincoln)).json.counts).toMatchObject({ pending: 2 });
  });

  it('and keeps what it asks for, the rest coming from the policy of the job', async () => {
    const { json } = await create({
      ...JUNE,
      priority: 7,
      max_active_runs: 2,
      max_attempts: 5,
      stop_after_failures: 3,
      reprocess: 'failed',
    });
    expect(await web.plans.record(String(json.id))).toMatchObject({
      priority: 7,
      max_active_runs: 2,
      max_attempts: 5,
      stop_after_failures: 3,
      reprocess: 'failed',
      run_settings: {
        date_parameter: 'position_date',
        parameter_style: 'job_parameters',
        parameters: {},
        retry_delay_ms: jobConfig('nightly').policy.retryDelayMs,
        run_deadline_ms: 86_400_000,
      },
    });
  });

  it('twice with one Idempotency-Key and made once', async () => {
    const key = { 'idempotency-key': 'order-66' };
    const first = await create(JUNE, key);
    const { job, ...dates } = JUNE;
    const second = await create({ ...dates, job }, key);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.json.id).toBe(first.json.id);
    const other = await create({ ...JUNE, priority: 1 }, key);
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await web.get('/api/backfills')).json.items).toHaveLength(1);
  });

  it('for ten years of business days', async () => {
    const reply = await create({ job: 'nightly', start_date: '2014-01-01', end_date: '2023-12-31' });
    expect(reply.status).toBe(202);
    expect(reply.json.counts).toMatchObject({ pending: 2505, total: 3652 });
    expect(reply.json.warnings).toEqual([expect.stringContaining('stop_after_failures')]);
  });

  it('and is not warned about many dates when it stops after failures', async () => {
    const years = { job: 'nightly', start_date: '2014-01-01', end_date: '2023-12-31' };
    expect((await create({ ...years, stop_after_failures: 10 })).json.warnings).toEqual([]);
  });
});

describe('A backfill of a configured job', () => {
  let workspace: Workspace;
  let web: RunningWeb;

  beforeAll(async () => {
    workspace = await startWorkspace();
  });
  afterAll(() => workspace.close());
  afterEach(() => web.close());

  it('takes parameters, calendar, limits and deadline from its policy, and overlays what is asked', async () => {
    const parameters = ['position_date', 'region', 'mode'].map((name) => ({ name, default: '' }));
    const task = { task_key: 'a', max_retries: 3, min_retry_interval_millis: 60_000, timeout_seconds: 1800 };
    await workspace.createJob('regional', { parameters, tasks: [task] });
    const base = jobConfig('regional', { key: 'by_key' });
    const policy = {
      ...base.policy,
      calendar: 'none',
      headroom: 1,
      parameters: { region: 'eu', mode: 'slow' },
    };
    web = await startWeb({ databricks: workspace.databricks, jobs: { by_key: { ...base, policy } } });

    const dates = { start_date: '2024-06-01', end_date: '2024-06-02' };
    const { json } = await web.post('/api/backfills', {
      job: 'by_key',
      ...dates,
      parameters: { mode: 'fast' },
    });
    expect(json).toMatchObject({ job: 'regional', counts: { pending: 2 } });
    const record = await web.plans.requireRecord(String(json.id));
    expect(record.run_settings).toMatchObject({
      parameters: { region: 'eu', mode: 'fast' },
      // 1.25 x (1800 s + 60 s) x 4
      run_deadline_ms: 9_300_000,
    });
    expect(await web.plans.target(record.job_id)).toMatchObject({ limit: 3 });
  });
});

describe('A web server without a workspace', () => {
  let web: RunningWeb;

  beforeEach(async () => {
    web = await startWeb();
  });
  afterEach(() => web.close());

  it('starts, and tells who asks for a backfill what to set', async () => {
    const reply = await web.post('/api/backfills', JUNE);
    expect(reply.json.code).toBe('configuration_invalid');
    expect(reply.json.message).toContain('DATABRICKS_HOST');
  });
});
