import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { sourceDays } from '../workers/source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 2 } });
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

test('a token that is rejected for a while half-way delays dates, but fails none and runs none twice', async () => {
  const { local } = workspace.emulator;
  const rejected = { status: 401, error_code: 'UNAUTHENTICATED' };
  // Who starts runs meets it first, who watches them then.
  await local.fault({ match: { path: 'jobs/run-now' }, ...rejected, times: 2 });
  const worker = await fleet.workerProcess();
  await fleet.runsTake(3_000);
  const id = await fleet.backfill(sourceDays(6));
  await worker.untilSaid(/workspace_unauthenticated.*"run.start_failed"/);
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  await fleet.runsTake(100);
  await local.fault({ match: { path: '/api/*' }, ...rejected, times: null });
  await worker.untilSaid(/workspace_unauthenticated.*"watch.failed"/);
  await local.clearFaults();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 6 } });
  expect((await fleet.plans.dates(id)).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(await fleet.runNow()).toHaveLength(6);
  await expectInvariants(fleet, [id], { limit: 2 });
});

test('a token that is revoked half-way is replaced by a new one, and no date notices', async () => {
  const worker = await fleet.workerProcess({
    DATABRICKS_TOKEN: '',
    DATABRICKS_CLIENT_ID: 'principal',
    DATABRICKS_CLIENT_SECRET: 'secret',
  });
  const { local } = workspace.emulator;
  const id = await fleet.backfill(sourceDays(8));
  for (const done of [2, 4, 6]) {
    await fleet.until(`${done} dates`, async () => (await fleet.plans.view(id)).counts.succeeded >= done);
    await local.revokeTokens();
  }
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 8 } });
  await fleet.logged();
  expect(await fleet.runNow()).toHaveLength(8);
  const { requests } = await local.ledger();
  expect(requests['POST /oidc/v1/token']).toBeGreaterThanOrEqual(4);
  expect(worker.said).not.toContain('workspace_unauthenticated');
  await expectInvariants(fleet, [id], { limit: 2 });
});

test('a job deleted half-way ends the dates whose runs it takes along, and pauses the backfill with the reason', async () => {
  await fleet.workerProcess();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(5));
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  await workspace.client.jobs.delete(fleet.jobId);
  await fleet.until('a pause', async () => {
    const { state, counts } = await fleet.plans.view(id);
    return state === 'paused' && counts.pending === 3;
  });
  expect(await fleet.plans.view(id)).toMatchObject({
    state_reason: expect.stringContaining(`Job ${fleet.jobId} does not exist`),
    counts: { cancelled: 2, failed: 0 },
  });

  // Without the job nothing runs any more, but what is left can be ended.
  await fleet.control.cancel(id, 'cancel');
  expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 5 } });
  expect(await fleet.runNow()).toHaveLength(2);
  await expectInvariants(fleet, [id], { limit: 2 });
});
