import { RunEventSchema } from '../../src/lineage/run-event.ts';
import { HttpReceiver } from '../harness/http-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { recover, wipeRedis } from '../workers/lost-redis.ts';
import { sourceDays } from '../workers/source-days.ts';

const USER_FAILURE = {
  result_state: 'FAILED',
  termination_code: 'RUN_EXECUTION_ERROR',
  termination_type: 'CLIENT_ERROR',
  message: 'Column amount is missing.',
};

let workspace: TestWorkspace;
let receiver: HttpReceiver;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  receiver = await HttpReceiver.start();
});
afterEach(async () => {
  await fleet.close();
  await receiver.close();
  // A row that is unfinished would be recovered by the tests that follow.
  const { warehouse, tables } = workspace;
  await warehouse.execute(`UPDATE ${tables.backfills} SET state = 'completed' WHERE finished_at IS NULL`);
});
afterAll(() => workspace?.stop());

test('OpenLineage hears of a backfill, its dates below it with their nominal time and tables, and their ends', async () => {
  const lineage = { url: `${receiver.url}/api/v1/lineage`, api_key: 'hush', namespace: 'finance' };
  fleet = await Fleet.open(workspace, { section: { lineage } });
  const [good = '', bad = ''] = sourceDays(2);
  await fleet.script(bad, USER_FAILURE);
  // The first event comes a second time.
  receiver.reply(503);
  await fleet.worker();
  const id = await fleet.backfill([good, bad]);
  await fleet.ended(id);
  const requests = await receiver.received(7);
  expect(requests.every(({ headers }) => headers.authorization === 'Bearer hush')).toBe(true);
  const events = requests.slice(1).map(({ json }) => RunEventSchema.parse(json));

  const parents = events.filter(({ run }) => run.runId === id);
  expect(parents.map(({ eventType, job }) => [eventType, job.name, job.namespace]).sort()).toEqual([
    ['FAIL', `${fleet.jobName}.backfill`, 'finance'],
    ['START', `${fleet.jobName}.backfill`, 'finance'],
  ]);
  for (const [date, end] of [
    [good, 'COMPLETE'],
    [bad, 'FAIL'],
  ] as const) {
    const own = events.filter(
      ({ run }) => run.facets.nominalTime?.nominalStartTime === `${date}T00:00:00.000Z`,
    );
    expect(own.map(({ eventType }) => eventType).sort()).toEqual([end, 'START'].sort());
    expect(new Set(own.map(({ run }) => run.runId)).size).toBe(1);
    for (const event of own) {
      expect(event.run.facets.parent?.run.runId).toBe(id);
      expect(event.inputs.map(({ name }) => name)).toEqual(['demos.backfill_demo.source_data']);
      expect(event.outputs.map(({ name }) => name)).toEqual(['demos.backfill_demo.destination_data']);
    }
  }
  const failure = events.find(({ run }) => run.facets.errorMessage !== undefined);
  expect(failure?.run.facets.errorMessage?.message).toContain('Column amount is missing.');
});

test('Without an address nothing is told, and nothing gathers in Redis', async () => {
  fleet = await Fleet.open(workspace);
  await fleet.worker();
  await fleet.ended(await fleet.backfill(sourceDays(2)));
  await fleet.until('no signal left', async () => (await fleet.redis.xlen(fleet.keys.signals)) === 0);
  expect(await fleet.queues.lineage.getJobCountByTypes()).toBe(0);
});

test('After Redis was lost, the runs of a recovered backfill and its end are told as before', async () => {
  const lineage = { url: `${receiver.url}/api/v1/lineage` };
  fleet = await Fleet.open(workspace, { section: { lineage }, settings: { max_concurrent_runs: 1 } });
  const [attached = '', fresh = ''] = sourceDays(2);
  await fleet.runsTake(60_000);
  const { worker } = await fleet.worker();
  const id = await fleet.backfill([attached, fresh]);
  await fleet.until('a run', async () => (await fleet.plans.view(id)).counts.running === 1);
  await receiver.received(2);
  await fleet.logged();
  await worker.stop();
  await wipeRedis(fleet);

  await recover(fleet, { resume: true });
  await fleet.runsTake(50);
  await fleet.worker();
  await fleet.cancelRuns();
  await fleet.ended(id);
  const requests = await receiver.received(6);
  const told = requests.map(({ json }) => {
    const { eventType, run } = RunEventSchema.parse(json);
    return `${eventType} ${run.facets.nominalTime?.nominalStartTime.slice(0, 10) ?? 'backfill'}`;
  });
  expect(told.sort()).toEqual(
    [
      'START backfill',
      `START ${attached}`,
      `ABORT ${attached}`,
      `START ${fresh}`,
      `COMPLETE ${fresh}`,
      'FAIL backfill',
    ].sort(),
  );
});
