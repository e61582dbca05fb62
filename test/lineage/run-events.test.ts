import { RunEventSchema } from '../../src/lineage/run-event.ts';
import { HttpReceiver } from '../harness/http-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
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
