import { Warehouse } from '../../src/databricks/warehouse.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { jobConfig } from '../jobs/job-config.ts';
import { logRow } from '../tables/log-rows.ts';
import { type RunningWeb, startWeb, startWorkspace, type Workspace, webConfig } from './running-web.ts';

const { tables } = webConfig({ redis: { url: '', prefix: '' } });
const names = TableNames.from(tables);
const JUNE = 'start_date=2024-06-03&end_date=2024-06-07';

let workspace: Workspace;
let warehouse: Warehouse;
let web: RunningWeb;

beforeAll(async () => {
  workspace = await startWorkspace();
  const { warehouseId, caCert } = workspace.databricks;
  warehouse = new Warehouse({ client: workspace.client, warehouseId: warehouseId ?? '', caCert });
  const calendar = { from: '2024-06-01', to: '2024-06-30' };
  await setUpTables({ warehouse, names, calendar, layout: 'partition' });
  await upsertLogRows(warehouse, names, [
    logRow({ runId: 'b_2024-06-03_1', jobName: 'us', status: 'SUCCESS' }),
    logRow({ runId: 'b_2024-06-04_1', positionDate: '2024-06-04', jobName: 'de', status: 'SUCCESS' }),
  ]);
});
afterAll(async () => {
  await warehouse.close();
  await workspace.close();
});
beforeEach(async () => {
  const german = jobConfig('de');
  const jobs = {
    us: jobConfig('us'),
    de: { ...german, policy: { ...german.policy, calendar: 'DE' } },
    comma: jobConfig('one, two'),
  };
  web = await startWeb({ databricks: workspace.databricks, jobs });
});
afterEach(() => web.close());

const asOf = async (path: string, headers = {}) => (await web.get(path, headers)).json.as_of;
const requests = async () => (await workspace.emulator.local.ledger()).requests;

describe('An answer about the log', () => {
  it.each([`/api/coverage?${JUNE}`, '/api/log?job=us'])(
    '%s is given again without the warehouse, and states its age',
    async (path) => {
      const first = await web.get(path);
      const before = await requests();
      const again = await web.get(path);
      expect(again.json).toEqual(first.json);
      expect(again.json.as_of).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(again.headers.get('age')).toMatch(/^\d+$/);
      expect(await requests()).toEqual(before);
    },
  );

  it('is new when it is asked to be, by query or by header', async () => {
    const first = await asOf('/api/log');
    const byQuery = await asOf('/api/log?fresh=true');
    expect(byQuery).not.toBe(first);
    expect(await asOf('/api/log')).toBe(byQuery);
    expect(await asOf('/api/log', { 'cache-control': 'no-cache' })).not.toBe(byQuery);
    expect((await web.get('/api/log?fresh=please')).json.code).toBe('invalid_request');
  });

  it('is new after a worker has written to the log', async () => {
    const first = await asOf(`/api/coverage?${JUNE}`);
    const row = JSON.stringify(logRow({}));
    await web.redis.xadd(web.keys.outbox, '*', 'kind', 'attempt', 'backfill_id', 'b', 'body', row);
    await web.outbox.confirm(await web.outbox.read(10));
    expect(await asOf(`/api/coverage?${JUNE}`)).not.toBe(first);
  });

  it('is new every time where the configuration says so', async () => {
    await web.close();
    const config = { port: 0, bind: '127.0.0.1', tokens: [], logCacheMs: 0 };
    web = await startWeb({ databricks: workspace.databricks, web: config });
    expect(await asOf('/api/log')).not.toBe(await asOf('/api/log'));
  });

  it('is shared by all who ask at the same time', async () => {
    const { local } = workspace.emulator;
    await web.get('/api/log/summary');
    await local.fault({ match: { method: 'POST', path: '/sql/1.0/warehouses/*' }, hold: true, times: 1 });
    const asking = Array.from({ length: 5 }, () => asOf('/api/log'));
    // Asking the emulator is the waiting.
    while ((await local.held()) === 0);
    await local.release();
    expect(new Set(await Promise.all(asking)).size).toBe(1);
  });

  it('that failed is not given again', async () => {
    await web.close();
    web = await startWeb({ databricks: workspace.databricks, tables: { ...tables, schema: 'not_yet' } });
    expect((await web.get('/api/log')).json.code).toBe('tables_missing');
    const later = TableNames.from({ ...tables, schema: 'not_yet' });
    const calendar = { from: '2024-06-01', to: '2024-06-30' };
    await setUpTables({ warehouse, names: later, calendar, layout: 'partition' });
    expect((await web.get('/api/log')).json.items).toEqual([]);
  });
});

describe('Coverage of several jobs', () => {
  it.each(['job=us,de', 'job=us&job=de', 'job=us,%20de,us'])(
    '%s is one answer, by each calendar',
    async (jobs) => {
      const { json } = await web.get(`/api/coverage?${jobs}&start_date=2024-10-01&end_date=2024-10-15`);
      expect(Object.keys(json)).toEqual(['items', 'as_of']);
      // 3 October is a holiday in Germany, 14 October one in the United States.
      expect(json.items).toMatchObject([
        { job: 'us', totals: { processed: 0, missing: 10 } },
        { job: 'de', totals: { processed: 0, missing: 10 } },
      ]);
      const days = (json.items as { days: { calendar_date: string }[] }[]).map(({ days }) =>
        days.map(({ calendar_date }) => calendar_date),
      );
      expect(days[0]).toContain('2024-10-03');
      expect(days[1]).toContain('2024-10-14');
    },
  );

  it('a name of the configuration that has a comma is one job', async () => {
    const { json } = await web.get(`/api/coverage?job=${encodeURIComponent('one, two')}&${JUNE}`);
    expect(json).toMatchObject({ job: 'one, two', totals: { missing: 5 } });
  });

  it('covers 20 years, and at most 50', async () => {
    const years = (last: number) => `start_date=2004-01-01&end_date=${last}-12-31`;
    const { json } = await web.get(`/api/coverage?job=us,de&${years(2023)}`);
    const [us] = json.items as { totals: { missing: number; processed: number } }[];
    expect(us?.totals.missing).toBeGreaterThan(4_950);
    const long = await web.get(`/api/coverage?${years(2054)}`);
    expect([long.status, long.json.code]).toEqual([422, 'range_too_long']);
  });

  it.each(['us,nihgtly', 'us,,de', ','])('job=%s is an error and not an empty answer', async (jobs) => {
    expect([400, 422]).toContain((await web.get(`/api/coverage?job=${jobs}&${JUNE}`)).status);
  });
});

it('Progress is told while the warehouse sleeps, and leaves it asleep', async () => {
  await workspace.createJob('nightly');
  const made = await web.post('/api/backfills', {
    job: 'nightly',
    start_date: '2024-06-03',
    end_date: '2024-06-09',
  });
  const id = String(made.json.id);
  const { warehouses } = workspace.client;
  const warehouseId = workspace.databricks.warehouseId ?? '';
  await warehouses.stop(warehouseId);
  const before = await requests();
  for (const path of ['', `/${id}`, `/${id}/dates`, `/${id}/dates?state=skipped`]) {
    for (let poll = 0; poll < 3; poll += 1) expect((await web.get(`/api/backfills${path}`)).status).toBe(200);
  }
  const leaving = new AbortController();
  const events = await fetch(`${web.url}/api/backfills/${id}/events`, { signal: leaving.signal });
  await untilTold(events, 'event: backfill');
  leaving.abort();
  for (const path of ['/', '/healthz', '/readyz']) expect((await web.get(path)).status).toBe(200);
  expect(await requests()).toEqual(before);
  expect((await warehouses.get(warehouseId)).state).toBe('STOPPED');
});

/** Reads an event stream up to the text; a stream that ends before fails the test. */
async function untilTold({ body }: Response, text: string): Promise<void> {
  const decoder = new TextDecoder();
  let told = '';
  for await (const chunk of body ?? []) {
    told += decoder.decode(chunk, { stream: true });
    if (told.includes(text)) return;
  }
  throw new Error(`The stream ended without "${text}": ${told}`);
}
