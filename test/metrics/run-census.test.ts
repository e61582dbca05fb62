import { FleetState } from '../../queues/fleet-state.ts';
import { listLiveRuns } from '../../queues/recovery/live-runs.ts';
import { RunCensus } from '../../queues/run-census.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
afterEach(() => fleet?.close());
afterAll(() => workspace?.stop());

/** Takes the census now, however long ago the last one was. */
async function census() {
  const { redis, keys, plans } = fleet;
  await redis.hdel(keys.target(fleet.jobId), 'reconciled_ms');
  await new RunCensus({ redis, keys, plans, client: workspace.client }).take(fleet.jobId);
  const [external, orphans] = await redis.hmget(keys.target(fleet.jobId), 'external_runs', 'orphan_runs');
  return { external: Number(external), orphans: Number(orphans) };
}

/** How the fleet reads it, as its metrics tell. */
async function state() {
  const { redis, keys, plans, outbox, dispatcher, queues } = fleet;
  return (await new FleetState({ redis, keys, plans, outbox, dispatcher, queues }).read()).jobs;
}

test.each([
  ['as the workspace writes them', {}],
  ['in a format of their job', { dateFormat: 'yyyyMMdd' }],
])('Runs of ours are known by their dates %s; those of others are external', async (_how, policy) => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 6 }, policy });
  const [first = '', second = '', third = ''] = sourceDays(3);
  await fleet.worker();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill([first, second]);
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  expect(await census()).toEqual({ external: 0, orphans: 0 });

  const end = await fleet.foreignRuns([third]);
  expect(await census()).toEqual({ external: 1, orphans: 0 });
  await end();
  await fleet.control.cancel(id, 'cancel');
  await fleet.ended(id);
});

test('A live run whose attempt is over in the plan is an orphan', async () => {
  fleet = await Fleet.open(workspace, { policy: { dateFormat: 'yyyyMMdd' } });
  const [first = '', second = ''] = sourceDays(2);
  await fleet.worker();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill([first, second]);
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  const attempt = await fleet.plans.attempt(id, first);
  // As after an end that was written although the run goes on.
  const over = JSON.stringify({ ...attempt, finished_at: new Date().toISOString(), result: 'failed' });
  await fleet.redis.hset(fleet.keys.attempts(id), first, over);
  expect(await census()).toEqual({ external: 0, orphans: 1 });
  await fleet.redis.hset(fleet.keys.attempts(id), first, JSON.stringify(attempt));
  await fleet.control.cancel(id, 'cancel');
  await fleet.ended(id);
});

test('An orphan is still reported after its backfill has ended, until it is gone', async () => {
  fleet = await Fleet.open(workspace);
  const [day = ''] = sourceDays(1);
  await fleet.worker();
  await fleet.ended(await fleet.backfill([day]));
  const end = await fleet.foreignRuns([day]);
  const [run] = await listLiveRuns(workspace.client, fleet.jobId);
  // As the last census found it, while the backfill was unfinished.
  await fleet.redis.hset(fleet.keys.target(fleet.jobId), 'orphan_run_ids', run?.runId ?? '');
  expect(await census()).toEqual({ external: 0, orphans: 1 });
  expect((await state()).map(({ orphanRuns }) => orphanRuns)).toEqual([1]);
  await end();
  await fleet.until(
    'the run to end',
    async () => (await listLiveRuns(workspace.client, fleet.jobId)).length === 0,
  );
  expect(await census()).toEqual({ external: 0, orphans: 0 });
  expect((await state()).map(({ orphanRuns }) => orphanRuns)).toEqual([0]);
});
