import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { FleetWeb } from './fleet-web.ts';
import { logRows } from './log-table.ts';
import { recover, wipeRedis, writeRow } from './lost-redis.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;
let web: FleetWeb;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
  web = await FleetWeb.open(fleet);
});
afterEach(async () => {
  await web.close();
  await fleet.close();
});
afterAll(() => workspace?.stop());

const BROKEN = { termination_code: 'RUN_EXECUTION_ERROR', message: 'no such column' };
const retry = (id: string, body: object = {}, headers: Record<string, string> = {}) =>
  web.post(`/api/backfills/${id}/retry`, body, headers);
const linkOf = (original: string, count: number) => ({
  original_run_id: original,
  retry_count: count,
  retry_triggered_by: 'anonymous',
});

test('failed dates run again as a new backfill that asks for the same, linked to it and in its name', async () => {
  const [one = '', two = '', fine = ''] = sourceDays(3);
  await fleet.script(one, BROKEN, BROKEN);
  await fleet.script(two, BROKEN);
  await fleet.worker();
  const asked = { order: 'desc', priority: 7, max_active_runs: 2, parameters: { destination_table: 'x' } };
  const id = await fleet.backfill([one, two, fine], { ...asked, parameters: {} });
  await fleet.ended(id);

  const some = await retry(id, { dates: [two], reason: 'fixed' });
  expect(some.status).toBe(202);
  expect(some.headers.get('location')).toBe(`/api/backfills/${some.json.id}`);
  expect(some.json).toMatchObject({
    ...{ retry_of: id, priority: 7, max_active_runs: 2, created_by: 'anonymous', counts: { total: 1 } },
    request: { retry_of: id, dates: [two], reason: 'fixed' },
  });
  expect(await fleet.ended(String(some.json.id))).toMatchObject({ counts: { succeeded: 1 } });

  // The first date fails once more, and the other has succeeded since.
  const all = await retry(id);
  expect(await fleet.ended(String(all.json.id))).toMatchObject({ counts: { failed: 1, skipped: 1 } });
  const again = await retry(String(all.json.id));
  expect(await fleet.ended(String(again.json.id))).toMatchObject({ counts: { succeeded: 1 } });
  await fleet.logged();
  expect(await logRows(workspace, String(all.json.id))).toMatchObject([
    { position_date: one, retry_metadata: linkOf(`${id}_${one}_1`, 1) },
  ]);
  expect(await logRows(workspace, String(again.json.id))).toMatchObject([
    { position_date: one, retry_metadata: linkOf(`${id}_${one}_1`, 2) },
  ]);
});

test('a date that has failed for good may run again while its backfill still runs', async () => {
  const [broken = '', long = ''] = sourceDays(2);
  await fleet.close();
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 1 } });
  await web.close();
  web = await FleetWeb.open(fleet);
  await fleet.script(broken, BROKEN);
  await fleet.worker();
  const id = await fleet.backfill([broken, long]);
  await fleet.runsTake(2_000);
  await fleet.until('the failure', async () => (await fleet.plans.view(id)).counts.failed === 1);
  const { status, json } = await retry(id);
  expect(status).toBe(202);
  expect(await fleet.plans.view(id)).toMatchObject({ state: 'running' });
  const twice = await retry(id);
  expect([twice.status, twice.json.code]).toEqual([409, 'nothing_to_retry']);
  expect(twice.json.message).toContain(String(json.id));
  expect(await fleet.ended(String(json.id))).toMatchObject({ counts: { succeeded: 1 } });
  await fleet.ended(id);
});

test('a retry names the failed dates that it leaves out, since another backfill has them in hand', async () => {
  const [one = '', two = ''] = sourceDays(2);
  await fleet.script(one, BROKEN);
  await fleet.script(two, BROKEN);
  const { worker } = await fleet.worker();
  const id = await fleet.backfill([one, two]);
  await fleet.ended(id);
  await worker.stop();
  await retry(id, { dates: [two] });

  const key = { 'idempotency-key': 'left-out' };
  const { status, json } = await retry(id, { dates: [one, two] }, key);
  expect([status, json.counts]).toMatchObject([202, { total: 1 }]);
  const left = { job_id: fleet.jobId, job: fleet.jobName, position_date: two, reason: 'live' };
  expect(json.left_out).toEqual([left]);
  expect((await retry(id, { dates: [one, two] }, key)).json.left_out).toEqual([left]);
});

test('where nothing has failed there is nothing to retry', async () => {
  const days = sourceDays(2);
  await fleet.worker();
  const id = await fleet.backfill(days);
  await fleet.ended(id);
  const all = await retry(id);
  expect([all.status, all.json.code]).toEqual([409, 'nothing_to_retry']);
  const one = await retry(id, { dates: [days[0]] });
  expect([one.status, one.json.message]).toEqual([409, expect.stringContaining(`${days[0]} has not failed`)]);
  expect((await retry(id.replace(/^./, 'f'))).status).toBe(404);
  expect((await retry(id, { dates: ['2024-02-30'] })).status).toBe(400);
});

test('the same Idempotency-Key answers the same retry', async () => {
  const [day = ''] = sourceDays(1);
  await fleet.script(day, BROKEN);
  await fleet.worker();
  const id = await fleet.backfill([day]);
  await fleet.ended(id);
  const key = { 'idempotency-key': 'k1' };
  const [first, second] = await Promise.all([retry(id, {}, key), retry(id, {}, key)]);
  expect([first?.status, second?.status]).toEqual([202, 202]);
  expect(first?.json.id).toBe(second?.json.id);
  await fleet.ended(String(first?.json.id));
  expect(await fleet.runs()).toHaveLength(2);
});

test('the link of a retry that had not started is back after Redis was lost', async () => {
  const [day = ''] = sourceDays(1);
  await fleet.script(day, BROKEN);
  const { worker } = await fleet.worker();
  const id = await fleet.backfill([day]);
  await fleet.ended(id);
  await fleet.updateJob({ max_concurrent_runs: 0 });
  const again = String((await retry(id)).json.id);
  await fleet.until('its plan', async () => (await fleet.plans.view(again)).state === 'running');
  await fleet.logged();
  await worker.stop();
  await writeRow(fleet, again);
  await wipeRedis(fleet);

  const { warehouse, tables } = workspace;
  // What other tests of this file left behind is not ours to recover.
  await warehouse.execute(`DELETE FROM ${tables.backfills} WHERE job_id <> :id`, { id: fleet.jobId });
  await fleet.updateJob({ max_concurrent_runs: 2 });
  expect(await recover(fleet, { resume: true })).toMatchObject({ restored: [{ id: again }] });
  await fleet.worker();
  expect(await fleet.ended(again)).toMatchObject({ retry_of: id, counts: { succeeded: 1 } });
  await fleet.logged();
  expect(await logRows(workspace, again)).toMatchObject([
    { attempt: 1, status: 'SUCCESS', retry_metadata: linkOf(`${id}_${day}_1`, 1) },
  ]);
});
