import type { JobPolicy } from '../../src/config/config.ts';
import { defaultPolicy } from '../../src/config/job-policy.ts';
import { Warehouse } from '../../src/databricks/warehouse.ts';
import { parseGranularity } from '../../src/planning/granularity.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { jobConfig } from '../jobs/job-config.ts';
import { logRow } from '../tables/log-rows.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace, webConfig } from './running-web.ts';

let workspace: Workspace;
let warehouse: Warehouse;
let jobId: string;
let web: RunningWeb;
const names = TableNames.from(webConfig({ redis: { url: '', prefix: '' } }).tables);

beforeAll(async () => {
  workspace = await startWorkspace();
  const parameters = ['position_date', 'position_end_date'].map((name) => ({ name, default: '' }));
  jobId = await workspace.createJob('windowed', { parameters });
  const { warehouseId, caCert } = workspace.databricks;
  warehouse = new Warehouse({ client: workspace.client, warehouseId: warehouseId ?? '', caCert });
  const calendar = { from: '2024-06-01', to: '2024-06-30' };
  await setUpTables({ warehouse, names, calendar, layout: 'partition' });
});
afterAll(async () => {
  await warehouse.close();
  await workspace.close();
});
afterEach(() => web.close());

async function open(policy: Partial<JobPolicy>, databricks = workspace.databricks): Promise<void> {
  const jobs = { windowed: jobConfig('windowed', { policy: { ...defaultPolicy, ...policy } }) };
  web = await startWeb({ databricks, jobs });
}

test('a dry run shows windows with their first and last day, cut around what is done', async () => {
  const week = parseGranularity('week');
  await open({ ...(week && { granularity: week }) });
  await upsertLogRows(warehouse, names, [
    logRow({ jobId, status: 'SUCCESS', positionDate: '2024-06-04', positionEndDate: '2024-06-05' }),
  ]);
  const asked = { job: 'windowed', start_date: '2024-06-03', end_date: '2024-06-14', order: 'desc' };
  const { json } = await web.post('/api/backfills', { ...asked, dry_run: true });
  const day = (date: string, reason: string) => ({
    position_date: date,
    position_end_date: date,
    verdict: 'skip',
    reason,
  });
  const window = (first: string, last: string) => ({
    position_date: first,
    position_end_date: last,
    verdict: 'run',
    reason: null,
  });
  expect(json).toEqual({
    counts: { run: 3, skip: 4, wait: 0, total: 7 },
    dates: [
      window('2024-06-10', '2024-06-14'),
      day('2024-06-09', 'not_business_day'),
      day('2024-06-08', 'not_business_day'),
      window('2024-06-06', '2024-06-07'),
      day('2024-06-05', 'already_succeeded'),
      day('2024-06-04', 'already_succeeded'),
      window('2024-06-03', '2024-06-03'),
    ],
  });
  const created = await web.post('/api/backfills', asked);
  const dates = await web.get(`/api/backfills/${created.json.id}/dates`);
  expect(JSON.parse(dates.text).at(-1)).toMatchObject({
    position_date: '2024-06-03',
    position_end_date: '2024-06-07',
  });
});

test('a rule with bad SQL is refused with the words of the warehouse, and nothing is stored', async () => {
  const quality = {
    source_table: null,
    destination_table: null,
    date_column: 'position_date',
    row_count: true,
    minimum_rows: null,
    columns: null,
    rules: { typo: `SELECT no_such_column FROM ${names.destinationData}` },
  };
  await open({ quality });
  for (const dry_run of [true, false]) {
    const reply = await web.post('/api/backfills', { job: 'windowed', dates: ['2024-06-20'], dry_run });
    expect([reply.status, reply.json.code]).toEqual([422, 'invalid_quality_rule']);
    expect(reply.json.message).toMatch(
      /^The quality check "typo" of this job cannot be run: .*no_such_column/,
    );
  }
  expect(await web.keyNames()).toEqual([]);

  // Without a warehouse that answers, planning will ask.
  await web.close();
  await open({ quality }, { ...workspace.databricks, warehouseId: null });
  const reply = await web.post('/api/backfills', { job: 'windowed', dates: ['2024-06-20'] });
  expect([reply.status, reply.json.state]).toEqual([202, 'planning']);
});
