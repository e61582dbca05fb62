import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { WebServer } from '../../dashboard/web-server.ts';
import { Secret } from '../../src/config/secret.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { createLogger } from '../../src/facts/fact-log.ts';
import { ProcessMetrics } from '../../src/metrics/process-metrics.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';

const PORT_LINE = /Health check at (http:\S+)\/healthz/;
const PLATFORM_FAILURE = {
  result_state: 'FAILED',
  termination_code: 'CLUSTER_ERROR',
  termination_type: 'CLOUD_FAILURE',
};

let workspace: TestWorkspace;
let fleet: Fleet;
let web: WebServer;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
  const tokens = [{ name: 'prometheus', role: 'viewer' as const, token: new Secret('viewing') }];
  const config = { ...fleet.config, web: { ...fleet.config.web, port: 0, tokens } };
  const logger = createLogger('silent', 'web', false);
  web = new WebServer({ config, facts: new FactBus(), logger, metrics: new ProcessMetrics('web') });
  await web.start();
});
afterEach(async () => {
  await web.stop();
  await fleet.close();
});
afterAll(() => workspace?.stop());

async function scrape(url: string, token = 'viewing'): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return response.status === 200 ? response.text() : String(response.status);
}

/** The value of the sample whose labels include these; null for none. */
function sample(text: string, name: string, labels: Record<string, string> = {}): number | null {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split('\n')
    .find((one) => one.startsWith(`${name}{`) && wanted.every((label) => one.includes(label)));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test('Web tells how the fleet stands, workers what they did, to whoever has a token', async () => {
  const env = { BACKFILL_WORKER_PORT: '0', BACKFILL_API_TOKENS: 'prometheus:viewer:viewing' };
  const worker = await fleet.workerProcess(env);
  const workerUrl = PORT_LINE.exec(worker.said)?.[1] ?? '';
  const job = fleet.jobName;
  const days = sourceDays(4);
  await fleet.script(days[0] ?? '', PLATFORM_FAILURE);
  await fleet.ended(await fleet.backfill(days));
  await fleet.runsTake(60_000);
  await fleet.updateJob({ max_concurrent_runs: 2 });
  const id = await fleet.backfill(sourceDays(3), { reprocess: 'all' });
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);

  expect(await scrape(web.url, 'wrong')).toBe('401');
  expect(await scrape(workerUrl, 'wrong')).toBe('401');
  const seen = await scrape(web.url);
  expect(sample(seen, 'backfill_dates', { job, state: 'running' })).toBe(2);
  expect(sample(seen, 'backfill_slots', { job, kind: 'limit' })).toBe(2);
  expect(sample(seen, 'backfill_slots', { job, kind: 'used' })).toBe(2);
  expect(sample(seen, 'backfill_workers')).toBe(1);
  expect(sample(seen, 'backfill_oldest_pending_age_seconds', { job })).toBeGreaterThan(0);
  expect(sample(seen, 'bullmq_job_count', { queue: `dates-${fleet.jobId}`, state: 'active' })).toBe(2);
  const done = await scrape(workerUrl);
  expect(sample(done, 'backfill_run_duration_seconds_count', { job, result: 'succeeded' })).toBe(4);
  expect(sample(done, 'backfill_run_duration_seconds_count', { job, result: 'failed' })).toBe(1);
  expect(sample(done, 'backfill_retries_total', { reason: 'platform' })).toBe(1);
  expect(sample(done, 'backfill_submit_total', { outcome: 'started' })).toBe(7);
  expect(sample(done, 'backfill_queue_wait_seconds_count', { job })).toBeGreaterThanOrEqual(6);
  expect(sample(done, 'databricks_api_requests_total', { endpoint: 'POST jobs/run-now', code: '200' })).toBe(
    7,
  );
  // No date and no id of a run may become a label: each would be a series of its own for ever.
  expect(seen + done).not.toMatch(new RegExp(`${days[0]}|${id}|run_id=`));
});

test('Every metric that the alert rules and the dashboard ask for is told', async () => {
  await fleet.worker();
  await fleet.ended(await fleet.backfill(sourceDays(1)));
  const deploy = (file: string) => readFileSync(join(__dirname, '..', '..', 'deploy', file), 'utf8');
  const rules = parse(deploy('prometheus-rules.yaml')) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const dashboard = JSON.parse(deploy('grafana-dashboard.json')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const asked = [
    ...rules.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  expect(asked.length).toBeGreaterThan(20);
  const names = new Set(asked.flatMap((expr) => expr.match(/\b(backfill|databricks|bullmq)_\w+/g) ?? []));
  const told = await scrape(web.url);
  for (const name of names) {
    const family = name.replace(/_(bucket|count|sum)$/, '');
    const known = [name, family].some((one) => told.includes(`# TYPE ${one} `));
    expect({ name, known }).toEqual({ name, known: true });
  }
});

test('Problems, memory and external runs are told of unfinished backfills; a paused one is not late', async () => {
  const job = fleet.jobName;
  const stop = await fleet.foreignRuns(sourceDays(13).slice(12));
  await fleet.updateJob({ max_concurrent_runs: 2 });
  await fleet.worker();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(12), { max_active_runs: 1 });
  await fleet.until('a run', async () => (await fleet.plans.view(id)).counts.running === 1);
  await fleet.control.pause(id, 'Look at it.');
  // As the script writes it that pauses a backfill by itself.
  await fleet.redis.hset(fleet.keys.backfill(id), 'problem_paused', new Date().toISOString());
  await fleet.redis.hdel(fleet.keys.target(fleet.jobId), 'reconciled_ms');
  await fleet.until('a census', async () => {
    return sample(await scrape(web.url), 'backfill_slots', { job, kind: 'external' }) === 1;
  });
  const paused = await scrape(web.url);
  expect(sample(paused, 'backfill_problems', { job, problem: 'paused' })).toBe(1);
  expect(sample(paused, 'backfill_problems', { job, problem: 'stalled' })).toBe(0);
  expect(sample(paused, 'backfill_oldest_pending_age_seconds', { job })).toBe(0);
  expect(sample(paused, 'backfill_redis_memory_bytes', { kind: 'used' })).toBeGreaterThan(0);
  expect(sample(paused, 'backfill_redis_memory_bytes', { kind: 'limit' })).toBeGreaterThan(0);
  expect(sample(paused, 'bullmq_job_count', { queue: 'sweeps', state: 'wait' })).toBe(0);

  await fleet.control.cancel(id, 'cancel');
  await fleet.ended(id);
  await stop();
  const ended = await scrape(web.url);
  expect(sample(ended, 'backfill_slots', { job, kind: 'external' })).toBeNull();
  expect(sample(ended, 'backfill_problems', { job, problem: 'paused' })).toBe(0);
});

test('A plan whose BullMQ jobs are gone is told as a mismatch', async () => {
  const job = fleet.jobName;
  const { worker } = await fleet.worker();
  await fleet.runsTake(60_000);
  await fleet.updateJob({ max_concurrent_runs: 2 });
  const id = await fleet.backfill(sourceDays(6));
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  await fleet.until('jobs for all dates that are queued', async () => {
    return sample(await scrape(web.url), 'backfill_queue_mismatch', { job }) === 0;
  });
  const { counts } = await fleet.plans.view(id);
  await worker.stop();
  await fleet.queues.dates(fleet.jobId).obliterate({ force: true });
  const seen = await scrape(web.url);
  expect(sample(seen, 'backfill_queue_mismatch', { job })).toBe(counts.queued + counts.running);
});
