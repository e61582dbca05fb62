import { calendarNamed } from '../../src/calendar/business-calendar.ts';
import { datesInRange, parseCalendarDate } from '../../src/calendar/calendar-date.ts';
import { parseGranularity } from '../../src/planning/granularity.ts';
import { readCoverage } from '../../src/tables/coverage.ts';
import { checkDestination } from '../../src/tables/destination-check.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { logRows } from './log-table.ts';
import { recover, wipeRedis, writeRow } from './lost-redis.ts';
import { windowJob } from './window-job.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterEach(() => fleet?.close());
/** A row that is unfinished would be found by the tests that follow. */
afterEach(async () => {
  const { warehouse, tables } = workspace;
  await warehouse.execute(`UPDATE ${tables.backfills} SET state = 'completed' WHERE finished_at IS NULL`);
});
afterAll(() => workspace?.stop());

const range = (first: string, last: string) => {
  const [from, to] = [parseCalendarDate(first), parseCalendarDate(last)];
  if (from === null || to === null) throw new Error('No such date.');
  return datesInRange(from, to);
};
const windows = async (id: string) =>
  (await fleet.plans.dates(id))
    .filter(({ state }) => state !== 'skipped')
    .map((date) => `${date.position_date}..${date.position_end_date} ${date.state}`);
const parametersOf = async () =>
  (await fleet.runs()).map(
    ({ parameters }) => `${parameters.position_date}..${parameters.position_end_date}`,
  );

test('a job of weeks runs once a week, is told the first and the last day, and processes every day between', async () => {
  fleet = await Fleet.open(workspace, await windowJob(workspace, 'week'));
  await fleet.worker();
  const id = await fleet.backfill(range('2024-06-01', '2024-06-23'), { exclude_dates: ['2024-06-12'] });
  expect(await fleet.ended(id)).toMatchObject({
    state: 'completed',
    counts: { succeeded: 4, skipped: 10, total: 14 },
  });
  const ran = [
    '2024-06-03..2024-06-07',
    '2024-06-10..2024-06-11',
    '2024-06-13..2024-06-14',
    // The 19th is a holiday, which a window reaches across.
    '2024-06-17..2024-06-21',
  ];
  expect((await parametersOf()).sort()).toEqual(ran);
  expect(await windows(id)).toEqual(ran.map((window) => `${window} succeeded`));
  await expectInvariants(fleet, [id], { limit: 20 });

  const { warehouse, tables } = workspace;
  const rows = (await logRows(workspace, id)).filter(({ status }) => status === 'SUCCESS');
  expect(rows.map((row) => `${row.position_date}..${row.position_end_date}`)).toEqual(ran);
  const june = { startDate: '2024-06-03', endDate: '2024-06-21' };
  expect(await checkDestination(warehouse, tables, june)).toMatchObject({
    destinationRows: 130,
    differing: 10,
  });
  const job = { job: null, jobId: fleet.jobId, calendar: calendarNamed('US', {}) };
  const [coverage] = await readCoverage(warehouse, tables, june, [job]);
  expect(coverage?.days.filter(({ status }) => status === 'Missing')).toEqual([
    { calendar_date: '2024-06-12', status: 'Missing' },
  ]);
});

test('what is missing is cut around the days that a window has done, and what failed is that window again', async () => {
  fleet = await Fleet.open(workspace, await windowJob(workspace, 'month'));
  await fleet.worker();
  await fleet.ended(await fleet.backfill(range('2024-07-10', '2024-07-16')));
  await fleet.script('2024-07-17', { termination_code: 'RUN_EXECUTION_ERROR', message: 'broken' });
  const july = range('2024-07-01', '2024-07-31');
  const missing = await fleet.backfill(july);
  expect(await fleet.ended(missing)).toMatchObject({ state: 'completed_with_failures' });
  expect(await windows(missing)).toEqual([
    '2024-07-01..2024-07-09 succeeded',
    '2024-07-17..2024-07-31 failed',
  ]);
  const failed = await fleet.backfill(july, { reprocess: 'failed', order: 'desc' });
  expect(await fleet.ended(failed)).toMatchObject({ state: 'completed' });
  expect(await windows(failed)).toEqual(['2024-07-17..2024-07-31 succeeded']);
  const again = await fleet.backfill(july);
  expect(await fleet.ended(again)).toMatchObject({ state: 'completed', counts: { succeeded: 0 } });
});

test('a window that the platform fails is tried again as a whole', async () => {
  fleet = await Fleet.open(workspace, await windowJob(workspace, '5 days'));
  await fleet.script('2024-08-01', { termination_code: 'CLOUD_FAILURE' });
  await fleet.worker();
  const id = await fleet.backfill(range('2024-08-01', '2024-08-02'));
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed' });
  expect(await parametersOf()).toEqual(['2024-08-01..2024-08-02', '2024-08-01..2024-08-02']);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('two backfills whose windows overlap never run a day at the same time', async () => {
  fleet = await Fleet.open(workspace, await windowJob(workspace, 'week'));
  await fleet.worker();
  await fleet.runsTake(700);
  const first = await fleet.backfill(range('2024-09-03', '2024-09-05'));
  await fleet.until('its run', async () => (await fleet.plans.view(first)).counts.running === 1);
  const second = await fleet.backfill(range('2024-09-04', '2024-09-06'));
  await fleet.until('its verdicts', async () => (await fleet.plans.view(second)).state === 'running');
  expect(await fleet.plans.dates(second)).toMatchObject([{ waiting_for: first }]);
  expect(await fleet.ended(second)).toMatchObject({ state: 'completed' });
  expect(await parametersOf()).toEqual(['2024-09-03..2024-09-05', '2024-09-04..2024-09-06']);
  const { max_active } = await workspace.emulator.local.ledger();
  expect(max_active[fleet.jobId]).toBe(1);
});

test('a job of weeks that declares no parameter for the last day is refused before anything starts', async () => {
  const week = parseGranularity('week');
  fleet = await Fleet.open(workspace, { policy: { ...(week && { granularity: week }) } });
  await expect(fleet.backfill(['2024-06-03'])).rejects.toMatchObject({
    code: 'undeclared_parameter',
    message: expect.stringContaining('"position_end_date" that carries a window\'s last day'),
  });
});

describe('when Redis is lost', () => {
  test('windows come back as they were, with their live run, and run once', async () => {
    fleet = await Fleet.open(workspace, {
      ...(await windowJob(workspace, 'week')),
    });
    await fleet.updateJob({ max_concurrent_runs: 1 });
    await fleet.runsTake(3_000);
    const { worker } = await fleet.worker();
    const id = await fleet.backfill(range('2024-10-01', '2024-10-11'));
    await fleet.until('its run', async () => (await fleet.plans.view(id)).counts.running === 1);
    await fleet.logged();
    await worker.stop();
    await wipeRedis(fleet);

    expect(await recover(fleet, { resume: true })).toMatchObject({
      restored: [{ id, live_runs: 1, counts: { running: 1, pending: 1 } }],
      unexplained_runs: [],
    });
    expect(Object.keys(await fleet.plans.claims(fleet.jobId))).toEqual([
      ...range('2024-10-01', '2024-10-04'),
      ...range('2024-10-07', '2024-10-11'),
    ]);
    await fleet.runsTake(100);
    await fleet.worker();
    expect(await fleet.ended(id)).toMatchObject({ state: 'completed' });
    expect(await windows(id)).toEqual([
      '2024-10-01..2024-10-04 succeeded',
      '2024-10-07..2024-10-11 succeeded',
    ]);
    expect(await parametersOf()).toEqual(['2024-10-01..2024-10-04', '2024-10-07..2024-10-11']);
    await expectInvariants(fleet, [id], { limit: 1 });
  });

  test('windows that were split after their row was written are found in the log, and the rest is cut alike', async () => {
    fleet = await Fleet.open(workspace, await windowJob(workspace, 'month'));
    const { worker } = await fleet.worker();
    await fleet.ended(await fleet.backfill(range('2024-11-06', '2024-11-07')));
    await fleet.logged();
    await worker.stop();
    await fleet.script('2024-11-08', { termination_code: 'RUN_EXECUTION_ERROR', message: 'broken' });
    const id = await fleet.backfill(range('2024-11-01', '2024-11-29'), { max_active_runs: 1 });
    await writeRow(fleet, id);
    // The row of the backfill stays the one from before its verdicts, the log goes on.
    const { warehouse, tables } = workspace;
    const [row] = await warehouse.query<{ request: string }>(
      `SELECT request FROM ${tables.backfills} WHERE backfill_id = :id`,
      { id },
    );
    const second = await fleet.worker();
    expect(await fleet.ended(id)).toMatchObject({ state: 'completed_with_failures' });
    await fleet.logged();
    await second.worker.stop();
    await warehouse.execute(
      `UPDATE ${tables.backfills} SET state = 'running', finished_at = NULL, request = :request WHERE backfill_id = :id`,
      { id, request: row?.request ?? '' },
    );
    await wipeRedis(fleet);
    await recover(fleet);
    expect(await windows(id)).toEqual(['2024-11-01..2024-11-05 succeeded', '2024-11-08..2024-11-29 failed']);
  });
});
