import { randomUUID } from 'node:crypto';
import { setUpTables } from '../../src/tables/setup.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { FleetWeb } from './fleet-web.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;
let names: TableNames;
let web: FleetWeb;

beforeAll(async () => {
  workspace = await startWorkspace();
  const { config, warehouse } = workspace;
  const tables = { ...config.tables, schema: `old_${randomUUID().replaceAll('-', '')}` };
  names = TableNames.from(tables);
  await warehouse.execute(`CREATE SCHEMA ${names.quotedSchema}`);
  await warehouse.execute(
    `CREATE TABLE ${names.backfillLog} (run_id STRING, position_date DATE, job_name STRING, job_id STRING, status STRING, start_time TIMESTAMP, end_time TIMESTAMP, backfill_job_id STRING, error_message STRING, creator_user_name STRING, run_page_url STRING)`,
  );
  fleet = await Fleet.open({ ...workspace, config: { ...config, tables } });
  web = await FleetWeb.open(fleet);
});
afterAll(async () => {
  await web?.close();
  await fleet?.close();
  await workspace?.stop();
});

test('workers that started while the warehouse was down stop starting dates as soon as they learn that the log is of an older version', async () => {
  const { local } = workspace.emulator;
  const { schema, calendar } = fleet.config.tables;
  await local.fault({ match: { method: 'POST', path: '/sql/*' }, status: 503, times: null });
  await fleet.updateJob({ max_concurrent_runs: 1 });
  const env = { BACKFILL_SCHEMA: schema };
  await Promise.all([fleet.workerProcess(env), fleet.workerProcess(env)]);
  const id = await fleet.backfill(sourceDays(40), { reprocess: 'all' });
  await fleet.until('a first success', async () => (await fleet.plans.view(id)).counts.succeeded > 0);

  await local.clearFaults();
  await fleet.until('the pause', async () => (await fleet.plans.view(id)).state === 'paused');
  expect((await fleet.plans.view(id)).state_reason).toMatch(
    /lacks .*backfill_log\.retry_metadata.*backfill setup.*Then resume this backfill/,
  );
  const later = await fleet.backfill(sourceDays(3), { reprocess: 'all' });
  await fleet.until('its pause as well', async () => (await fleet.plans.view(later)).state === 'paused');
  await fleet.until('the end of all runs', async () => (await fleet.liveRuns()).length === 0);
  expect((await fleet.plans.view(id)).counts.pending).toBeGreaterThan(0);

  const started = (await fleet.runs()).length;
  await setUpTables({ warehouse: workspace.warehouse, names, calendar, layout: 'partition' });
  await fleet.logged();
  expect(await fleet.runs()).toHaveLength(started);
  for (const one of [id, later]) expect((await web.post(`/api/backfills/${one}/resume`)).status).toBe(200);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 40 } });
  expect(await fleet.ended(later)).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
});
