import { StoredRequestSchema } from '../../src/tables/backfill-request.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

/** The row of `backfills`, once every change is in it. */
async function durableRow(id: string): Promise<{ state: string; request: unknown }> {
  await fleet.until('the change to be durable', async () => !(await fleet.plans.view(id)).not_yet_durable);
  const { warehouse, tables } = workspace;
  const [row] = await warehouse.query<{ state: string; request: string }>(
    `SELECT state, request FROM ${tables.backfills} WHERE backfill_id = :id`,
    { id },
  );
  return { state: row?.state ?? 'no row', request: JSON.parse(row?.request ?? 'null') };
}

test('what is durable is in the table: plan, policy and state as they stand after each control', async () => {
  const days = sourceDays(3);
  const weekend = '2024-06-29';
  const asked = { reprocess: 'all', order: 'desc', priority: 7, max_attempts: 2, stop_after_failures: 5 };
  const id = await fleet.backfill([...days, weekend], { ...asked, parameters: {} });
  await fleet.control.pause(id, 'until noon');
  expect((await fleet.plans.view(id)).not_yet_durable).toBe(true);
  await fleet.worker();

  const settled = async () => (await fleet.plans.requireRecord(id)).in_planning === false;
  await fleet.until('the plan to be settled', settled);
  const { state, request } = await durableRow(id);
  expect(state).toBe('paused');
  expect(StoredRequestSchema.parse(request)).toEqual({
    asked: { job: fleet.jobName, dates: [...days, weekend], ...asked, parameters: {} },
    plan: {
      settled: true,
      run: days.toReversed(),
      ends: {},
      links: {},
      skip: { not_business_day: [weekend], excluded: [], already_succeeded: [], not_failed: [], future: [] },
    },
    settings: {
      ...{ order: 'desc', reprocess: 'all', priority: 7, max_attempts: 2, stop_after_failures: 5 },
      max_active_runs: null,
      retry_of: null,
      retry_triggered_by: null,
      cancel_runs: null,
      run_settings: (await fleet.plans.requireRecord(id)).run_settings,
    },
  });

  await fleet.control.adjust(id, { maxActiveRuns: 4, priority: 9 });
  const adjusted = StoredRequestSchema.parse((await durableRow(id)).request);
  expect(adjusted.settings).toMatchObject({ max_active_runs: 4, priority: 9 });
  await fleet.control.cancel(id, 'finish');
  const cancelled = await durableRow(id);
  expect(cancelled.state).toBe('cancelled');
  expect(StoredRequestSchema.parse(cancelled.request).settings.cancel_runs).toBe('finish');
});

test('a plan paused while the log is away is settled when it is back, and stays paused', async () => {
  const fault = { match: { path: '/sql/*' }, status: 503, times: null };
  await workspace.emulator.local.fault(fault);
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(2));
  await fleet.control.pause(id, 'until noon');
  await fleet.until('the plan to be waiting', () =>
    fleet.facts.all.some(({ type }) => type === 'plan.postponed'),
  );
  expect(await fleet.plans.view(id)).toMatchObject({
    state: 'paused',
    state_reason: 'until noon',
    not_yet_durable: true,
  });
  await workspace.emulator.local.clearFaults();
  await fleet.until('the plan to be settled', async () => !(await fleet.plans.requireRecord(id)).in_planning);
  const { state, request } = await durableRow(id);
  expect([state, StoredRequestSchema.parse(request).plan.settled]).toEqual(['paused', true]);
});
