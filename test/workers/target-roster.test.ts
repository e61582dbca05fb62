import { FleetLooks } from '../../queues/looks/fleet-looks.ts';
import { openRedis } from '../../queues/redis/connection.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { NO_TRACING } from '../../src/tracing/tracing.ts';
import { AttemptRunner } from '../../workers/attempt-runner.ts';
import { CancelWatch } from '../../workers/cancel-watch.ts';
import { QualityGate } from '../../workers/quality-gate.ts';
import { RunStarter } from '../../workers/run-starter.ts';
import { TargetRoster } from '../../workers/target-roster.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { FactRecord } from './fact-record.ts';
import { Fleet } from './fleet.ts';

/** No look of its own comes within a test. */
const NEVER_MS = 3_600_000;

let workspace: TestWorkspace;
let fleet: Fleet;
let release: (() => Promise<void>)[];

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
  release = [];
});
afterEach(async () => {
  for (const free of release.reverse()) await free();
  await fleet.close();
});
afterAll(() => workspace?.stop());

async function startedRoster() {
  const facts = new FactBus();
  const record = new FactRecord();
  facts.subscribe((fact) => record.add(fact));
  const { keys, plans, queues, dispatcher } = fleet;
  const { client, warehouse, tables } = workspace;
  const { url } = fleet.config.redis;
  const [redis, subscriber] = [openRedis(url, 'patient'), openRedis(url, 'patient')];
  release.push(async () => redis.disconnect());
  release.push(async () => subscriber.disconnect());
  const shared = { redis, keys, plans, queues, dispatcher, client, facts };
  const quality = new QualityGate({ warehouse, tables, facts });
  const parts = {
    ...shared,
    looks: new FleetLooks(redis, subscriber, keys),
    runner: new AttemptRunner(client, new RunStarter(client, facts), quality, facts),
    cancels: new CancelWatch(redis, keys, facts),
    tuning: fleet.config.worker,
    tracing: NO_TRACING,
    handover: new AbortController().signal,
  };
  const roster = new TargetRoster(parts, NEVER_MS);
  release.push(() => roster.stop());
  await roster.start();
  return { roster, record };
}

test('a job that is expected is opened before the next look for jobs', async () => {
  const { roster, record } = await startedRoster();
  await fleet.redis.sadd(fleet.keys.targets, fleet.jobId);
  roster.expect(fleet.jobId);
  await fleet.until('the job', () => record.count('target.opened') === 1);
  expect(record.of('target.opened')).toMatchObject([{ job_id: fleet.jobId }]);
});

test('a job that could not be opened keeps no other one waiting, and is opened at the next look', async () => {
  const { roster, record } = await startedRoster();
  const { redis, keys, jobId } = fleet;
  await redis.sadd(keys.targets, '1', jobId);
  await redis.set(keys.target('1'), 'no hash');
  roster.expect('1');
  await fleet.until('the other job', () => record.count('target.opened') === 1);
  expect(record.of('target.opened')).toMatchObject([{ job_id: jobId }]);
  await redis.del(keys.target('1'));
  roster.expect('1');
  await fleet.until('both jobs', () => record.count('target.opened') === 2);
});

test('a job whose opening was under way when the roster stopped is not opened any more', async () => {
  const { local } = workspace.emulator;
  const { roster, record } = await startedRoster();
  await local.fault({ match: { method: 'GET', path: 'jobs/get' }, hold: true, times: 1 });
  await fleet.redis.sadd(fleet.keys.targets, fleet.jobId);
  roster.expect(fleet.jobId);
  await fleet.until('the question for its limit', async () => (await local.held()) === 1);
  await roster.stop();
  await local.clearFaults();
  expect(record.all).toEqual([]);
});
