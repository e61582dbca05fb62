import type { Config, JobConfig } from '../../src/config/config.ts';
import { defaultPolicy } from '../../src/config/job-policy.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { BackfillWorker } from '../../workers/worker.ts';
import { type RunningWeb, startWeb } from '../dashboard/running-web.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { recover, wipeRedis, writeRow } from './lost-redis.ts';

const DATES = ['2024-06-03', '2024-06-04', '2024-06-05', '2024-06-06'];
const NOTEBOOK = '-- Databricks notebook source\nSELECT :run_date AS day\n';

let workspace: TestWorkspace;
let fleet: Fleet | undefined;
let web: RunningWeb | undefined;
let worker: BackfillWorker | undefined;

beforeAll(async () => {
  workspace = await startWorkspace();
  const { files } = workspace.client;
  await files.mkdirs('/Shared/theirs');
  await files.importNotebook({ path: '/Shared/theirs/daily', language: 'SQL', source: NOTEBOOK });
});
afterEach(async () => {
  await worker?.stop();
  await web?.close();
  await fleet?.close();
  [worker, web, fleet] = [undefined, undefined, undefined];
});
afterAll(() => workspace?.stop());

/** A job that somebody made, with a date of its own name. */
async function create(name: string, settings: Record<string, unknown>): Promise<string> {
  return (await workspace.client.jobs.create({ name, ...settings })).jobId;
}

function task(baseParameters: Record<string, string> = {}) {
  const notebook = {
    notebook_path: '/Shared/theirs/daily',
    warehouse_id: 'local',
    base_parameters: baseParameters,
  };
  return { task_key: 'daily', notebook_task: notebook };
}

function configured(key: string, part: Partial<JobConfig>, policy: Partial<JobConfig['policy']>): JobConfig {
  return { key, name: key, jobId: null, settings: null, ...part, policy: { ...defaultPolicy, ...policy } };
}

async function start(...jobs: JobConfig[]): Promise<RunningWeb> {
  const byKey: Config['jobs'] = Object.fromEntries(jobs.map((job) => [job.key, job]));
  const { databricks, tables, worker: intervals } = workspace.config;
  web = await startWeb({ databricks, tables, worker: intervals, jobs: byKey });
  return web;
}

/** Starts a worker; resolves once it has told the end of these backfills. */
async function worked({ config }: RunningWeb, ids: readonly string[]): Promise<void> {
  const facts = new FactBus();
  const open = new Set(ids);
  const allEnded = new Promise<void>((resolve) => {
    facts.subscribe((fact) => {
      if (fact.type === 'backfill.ended' && open.delete(fact.backfill_id) && open.size === 0) resolve();
    });
  });
  worker = new BackfillWorker({ config, facts });
  await worker.start();
  await allEnded;
}

test('two jobs of others, by name and by id, each get the date as they want it, their own queue and their own limit', async () => {
  const byName = await create('reports of the east', {
    max_concurrent_runs: 1,
    parameters: [
      { name: 'run_date', default: '' },
      { name: 'region', default: '' },
    ],
    tasks: [task()],
  });
  const byId = await create('reports of the west', {
    max_concurrent_runs: 3,
    tasks: [task({ run_date: '', depth: '1' })],
  });
  const running = await start(
    configured(
      'east',
      { name: 'reports of the east' },
      { dateParameter: 'run_date', dateFormat: 'yyyyMMdd', parameters: { region: 'east' } },
    ),
    configured(
      'west',
      { jobId: byId },
      { dateParameter: 'run_date', dateFormat: 'dd/MM/yyyy', parameterStyle: 'notebook_params' },
    ),
  );
  const ids = await Promise.all(
    ['east', 'west'].map(async (job) => {
      const reply = await running.post('/api/backfills', { job, dates: DATES });
      expect(reply.status).toBe(202);
      return String(reply.json.id);
    }),
  );
  await worked(running, ids);
  for (const id of ids) {
    const { json } = await running.get(`/api/backfills/${id}`);
    expect(json).toMatchObject({ state: 'completed', counts: { succeeded: 4 } });
  }

  const { run_now, max_active } = await workspace.emulator.local.ledger();
  const parametersOf = (jobId: string) =>
    run_now.filter(({ job_id }) => job_id === jobId).map(({ parameters }) => parameters);
  expect(parametersOf(byName)).toEqual(
    ['20240603', '20240604', '20240605', '20240606'].map((run_date) => ({ run_date, region: 'east' })),
  );
  // Three of them start at the same moment, in whatever order.
  expect(
    parametersOf(byId)
      .map(({ run_date }) => run_date)
      .sort(),
  ).toEqual(['03/06/2024', '04/06/2024', '05/06/2024', '06/06/2024']);
  expect(max_active[byName]).toBe(1);
  expect(max_active[byId]).toBeLessThanOrEqual(3);
  for (const jobId of [byName, byId]) {
    const queue = `${running.config.redis.prefix}:dates-${jobId}:*`;
    expect((await running.redis.keys(queue)).length).toBeGreaterThan(0);
  }
});

test('a job that would not see the date is refused before anything starts', async () => {
  await create('dateless', { parameters: [{ name: 'as_of', default: '' }], tasks: [task()] });
  const running = await start(configured('dateless', {}, { dateParameter: 'run_date' }));
  const before = await running.keyNames();
  const reply = await running.post('/api/backfills', { job: 'dateless', dates: DATES });
  expect([reply.status, reply.json.code]).toEqual([422, 'undeclared_parameter']);
  expect(reply.json.message).toContain('it declares as_of');
  expect(await running.keyNames()).toEqual(before);
});

test('of two live jobs of one name the ids are told, and one of them can be named', async () => {
  const settings = { parameters: [{ name: 'position_date', default: '' }], tasks: [task()] };
  const twins = [await create('twins', settings), await create('twins', settings)];
  const running = await start();
  const request = { dates: DATES, dry_run: true };
  const reply = await running.post('/api/backfills', { job: 'twins', ...request });
  expect([reply.status, reply.json.code]).toEqual([422, 'ambiguous_job']);
  expect(reply.json).toMatchObject({
    message: expect.stringContaining('--job-id'),
    details: { job_ids: twins },
  });
  expect((await running.post('/api/backfills', { job_id: twins[1], ...request })).status).toBe(200);
});

test('after Redis is lost, a live run is found by the date as its job spells it', async () => {
  fleet = await Fleet.open(workspace, {
    settings: { parameters: [{ name: 'run_date', default: '' }], tasks: [task()] },
    policy: { dateParameter: 'run_date', dateFormat: 'yyyyMMdd' },
  });
  const { client, emulator } = workspace;
  const id = await fleet.backfill(DATES);
  await writeRow(fleet, id);
  await emulator.local.config({ run_duration_ms: { min: 60_000, max: 60_000 } });
  const { runId } = await client.jobs.runNow({
    jobId: fleet.jobId,
    jobParameters: { run_date: '20240604' },
    idempotencyToken: 'of a worker that is gone',
  });
  await wipeRedis(fleet);
  const { restored, unexplained_runs } = await recover(fleet);
  expect(restored).toContainEqual(expect.objectContaining({ id, live_runs: 1 }));
  expect(unexplained_runs).toEqual([]);
  expect((await fleet.plans.dates(id))[1]).toMatchObject({ position_date: '2024-06-04', run_id: runId });
  await client.jobs.cancelRun(runId);
});
