import type { QualitySettings } from '../../src/quality/quality-settings.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { qualityOf } from './quality-column.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterEach(() => fleet?.close());
afterAll(() => workspace?.stop());

async function open(quality: Partial<QualitySettings>): Promise<void> {
  const settings = {
    source_table: null,
    destination_table: null,
    date_column: 'position_date',
    row_count: false,
    minimum_rows: null,
    columns: null,
    rules: {},
    ...quality,
  };
  fleet = await Fleet.open(workspace, { policy: { quality: settings } });
}
const dateOf = async (id: string) => (await fleet.plans.dates(id))[0];
const warehouseIsDown = () =>
  workspace.emulator.local.fault({ match: { path: '/sql/*' }, status: 503, times: null });

test('a date that passes its checks succeeds, and its row says how many rows there were before and after', async () => {
  const destination = workspace.tables.destinationData;
  await open({
    row_count: true,
    minimum_rows: 10,
    columns: 'unchanged',
    rules: {
      no_negative_value: `SELECT id FROM ${destination} WHERE position_date = :position_date AND value < 0`,
      known_category: `SELECT id FROM ${destination} -- of the window
        WHERE position_date BETWEEN :position_date AND :position_end_date AND category NOT IN ('A', 'B', 'C');`,
    },
  });
  await fleet.worker();
  const days = sourceDays(1);
  const first = await fleet.backfill(days);
  expect(await fleet.ended(first)).toMatchObject({ state: 'completed' });
  const second = await fleet.backfill(days, { reprocess: 'all' });
  await fleet.ended(second);
  await expectInvariants(fleet, [first, second], { limit: 20 });

  const checks = ['row_count', 'minimum_rows', 'columns', 'no_negative_value', 'known_category'];
  const passed = checks.map((check) => ({ check, problem: null }));
  expect(await qualityOf(workspace, first)).toEqual([
    { rows_before: 0, rows_after: 10, rows_source: 10, checks: passed },
  ]);
  expect(await qualityOf(workspace, second)).toEqual([
    { rows_before: 10, rows_after: 10, rows_source: 10, checks: passed },
  ]);
});

test('a date that fails its checks fails with all figures, and is not tried again', async () => {
  const { warehouse, tables } = workspace;
  const source = `${tables.quotedSchema}.\`other_source\``;
  const days = sourceDays(1);
  await warehouse.execute(`CREATE TABLE ${source} (day DATE, position_date DATE)`);
  await warehouse.execute(
    `INSERT INTO ${source} SELECT position_date, position_date FROM ${tables.sourceData} WHERE position_date = CAST(:day AS DATE) AND id < 9`,
    { day: days[0] ?? '' },
  );
  await open({
    source_table: 'other_source',
    row_count: true,
    minimum_rows: 11,
    columns: { position_date: 'date', id: 'int', value: 'DOUBLE', note: 'string' },
    rules: {
      none_at_all: `SELECT * FROM ${tables.destinationData} WHERE position_date = :position_date`,
    },
  });
  await fleet.worker();
  const id = await fleet.backfill(days);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed_with_failures', counts: { failed: 1 } });
  const { error_message, attempt } = (await dateOf(id)) ?? {};
  expect(error_message).toMatch(/^quality\/ROW_COUNT: the destination has 10 rows, the source 9 rows; /);
  expect(error_message).toContain('MINIMUM_ROWS: the destination has 10 rows, at least 11 are asked for');
  expect(error_message).toMatch(
    /COLUMNS: of \S+, id is bigint instead of int, note string is missing, category string is new/,
  );
  expect(error_message).toContain('RULE: none_at_all returned 10 rows');
  expect(attempt).toBe(1);
  expect(await fleet.runs()).toHaveLength(1);
  await expectInvariants(fleet, [id], { limit: 20 });
  expect(await qualityOf(workspace, id)).toMatchObject([{ rows_after: 10, rows_source: 9 }]);
  const jobs = await fleet.queues.failedDates.getCompleted();
  expect(jobs.map(({ data }) => data.failure_class)).toEqual(['quality']);
});

test('columns that changed since the backfill was planned fail a date', async () => {
  const { warehouse, tables } = workspace;
  const table = `${tables.quotedSchema}.\`drifting\``;
  await warehouse.execute(`CREATE TABLE ${table} (position_date DATE, amount INT)`);
  await open({ destination_table: 'drifting', columns: 'unchanged' });
  const id = await fleet.backfill(sourceDays(1));
  await fleet.control.pause(id, 'not yet');
  await fleet.worker();
  await fleet.until('its verdicts', async () => !(await fleet.plans.requireRecord(id)).in_planning);
  await warehouse.execute(`ALTER TABLE ${table} ADD COLUMNS (note STRING)`);
  await fleet.control.resume(id);
  expect(await fleet.ended(id)).toMatchObject({ counts: { failed: 1 } });
  expect((await dateOf(id))?.error_message).toMatch(/^quality\/COLUMNS: of \S+drifting, note string is new$/);
});

test('a warehouse that is down during a check keeps the date running until it can be checked', async () => {
  await open({ row_count: true });
  await fleet.worker();
  await fleet.runsTake(1_500);
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('its run', async () => (await fleet.plans.view(id)).counts.running === 1);
  await warehouseIsDown();
  await fleet.until('a check that waits', () => fleet.facts.dates('quality.postponed').length > 0);
  expect(await fleet.plans.view(id)).toMatchObject({ state: 'running', counts: { running: 1 } });
  await workspace.emulator.local.clearFaults();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed' });
  await expectInvariants(fleet, [id], { limit: 20 });
  expect(await qualityOf(workspace, id)).toMatchObject([{ rows_before: 0, rows_after: 10 }]);
});

test('a worker killed during a check leaves the check to the next, and never a second run', async () => {
  await open({ row_count: true, minimum_rows: 11 });
  const dying = await fleet.workerProcess();
  await fleet.runsTake(1_500);
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('its run', async () => (await fleet.plans.view(id)).counts.running === 1);
  await warehouseIsDown();
  await dying.untilSaid('"quality.postponed"');
  dying.child.kill('SIGKILL');
  await dying.result;
  await workspace.emulator.local.clearFaults();
  await fleet.releaseLogLease();
  await fleet.worker();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed_with_failures' });
  expect((await dateOf(id))?.error_message).toMatch(/^quality\/MINIMUM_ROWS/);
  expect(await fleet.runNow()).toHaveLength(1);
  await expectInvariants(fleet, [id], { limit: 20 });
  expect(await qualityOf(workspace, id)).toMatchObject([{ rows_before: 0, rows_after: 10 }]);
});

test('a backfill that is cancelled while its check cannot be run ends, and the date is no success', async () => {
  await open({ row_count: true });
  await fleet.worker();
  await fleet.runsTake(1_500);
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('its run', async () => (await fleet.plans.view(id)).counts.running === 1);
  await warehouseIsDown();
  await fleet.until('a check that waits', () => fleet.facts.dates('quality.postponed').length > 0);
  await fleet.control.cancel(id, 'cancel');
  expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled' });
  expect((await dateOf(id))?.error_message).toMatch(/^cancelled\/UNCHECKED/);
  await workspace.emulator.local.clearFaults();
});

test('nothing runs while a rule cannot be run, and the backfill says which and why', async () => {
  await open({ rules: { typo: 'SELECT no_such_column FROM nowhere' } });
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('a reason', async () => (await fleet.plans.view(id)).state_reason !== null);
  expect(await fleet.plans.view(id)).toMatchObject({
    state: 'planning',
    state_reason: expect.stringMatching(/^The quality check "typo" of this job cannot be run: .*nowhere/),
  });
  expect(await fleet.runNow()).toEqual([]);
});

test('a rule that breaks after planning fails its date as an invalid rule', async () => {
  const { warehouse, tables } = workspace;
  const table = `${tables.quotedSchema}.\`allowed\``;
  await warehouse.execute(`CREATE TABLE ${table} (category STRING)`);
  await open({ rules: { allowed_only: `SELECT 1 FROM ${table} WHERE category = 'X'` } });
  const id = await fleet.backfill(sourceDays(1));
  await fleet.control.pause(id, 'not yet');
  await fleet.worker();
  await fleet.until('its verdicts', async () => !(await fleet.plans.requireRecord(id)).in_planning);
  await warehouse.execute(`DROP TABLE ${table}`);
  await fleet.control.resume(id);
  expect(await fleet.ended(id)).toMatchObject({ counts: { failed: 1 } });
  expect((await dateOf(id))?.error_message).toMatch(
    /^quality\/INVALID_RULE: allowed_only could not be run: .*allowed/,
  );
});
