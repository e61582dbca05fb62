import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
});

const RUN_NOW = { method: 'POST', path: 'jobs/run-now' };
const LOGIN_PAGE = '<!doctype html><html><body>Sign in</body></html>';

test('each attempt gets exactly one run, whatever run-now answers at first', async () => {
  const { local } = workspace.emulator;
  const lost = [
    { status: 500 },
    { status: 503 },
    { status: 504 },
    { reset: 'before' },
    { status: 502, body: LOGIN_PAGE },
    { status: 200, body: LOGIN_PAGE },
  ];
  const kept = [
    { reset: 'after' },
    { status: 500, reset: 'after' },
    { status: 504, reset: 'after' },
    { status: 200, body: LOGIN_PAGE, reset: 'after' },
    { status: 429, reset: 'after' },
  ];
  for (const fault of [...lost, ...kept]) await local.fault({ match: RUN_NOW, ...fault });
  await fleet.worker();
  const days = sourceDays(lost.length + kept.length + 3);
  const id = await fleet.backfill(days);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: days.length } });

  const answered = await fleet.runNow();
  expect(answered.filter(({ created }) => created)).toHaveLength(days.length);
  expect(answered.filter(({ created }) => !created)).toHaveLength(kept.length);
  expect((await fleet.plans.dates(id)).map(({ attempt }) => attempt)).toEqual(days.map(() => 1));
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('an answer that is long in coming is waited for, and the other dates go on', async () => {
  const { local } = workspace.emulator;
  await local.fault({ match: RUN_NOW, hold: true });
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(4));
  await fleet.until('the other dates', async () => (await fleet.plans.view(id)).counts.succeeded === 3);
  expect(await local.held()).toBe(1);
  expect(await fleet.plans.view(id)).toMatchObject({ state: 'running', counts: { queued: 1 } });
  await local.release();
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 4 } });
  expect(await fleet.runNow()).toHaveLength(4);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test.each([
  [403, 'PERMISSION_DENIED', 'Caller may not run this job.'],
  [400, 'INVALID_PARAMETER_VALUE', 'Job 1 does not exist.'],
  [400, 'INVALID_PARAMETER_VALUE', 'No such job parameter.'],
])('a start refused for good (%i %s: %s) pauses the backfill and costs no attempt', async (...refusal) => {
  const [status, error_code, message] = refusal;
  const { local } = workspace.emulator;
  await local.fault({ match: RUN_NOW, status, error_code, message, times: null });
  await fleet.worker();
  const days = sourceDays(4);
  const id = await fleet.backfill(days);
  await fleet.until('a pause', async () => {
    const { state, counts } = await fleet.plans.view(id);
    return state === 'paused' && counts.pending === days.length;
  });
  expect((await fleet.plans.view(id)).state_reason).toContain(message);
  expect(await fleet.runNow()).toEqual([]);

  await local.clearFaults();
  expect(await fleet.control.resume(id)).toBe(true);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 4 } });
  expect((await fleet.plans.dates(id)).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('a run whose answer was lost is found and watched although its start is refused from then on', async () => {
  const { local } = workspace.emulator;
  await fleet.runsTake(60_000);
  await local.fault({ match: RUN_NOW, reset: 'after' });
  await local.fault({ match: RUN_NOW, status: 403, error_code: 'PERMISSION_DENIED', times: null });
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(1));
  await fleet.until('the run to be known', async () => (await fleet.plans.view(id)).counts.running === 1);
  expect(await fleet.plans.view(id)).toMatchObject({ state: 'running' });
  await fleet.cancelRuns();
  expect(await fleet.ended(id)).toMatchObject({ counts: { cancelled: 1 } });
  expect(await fleet.runs()).toHaveLength(1);
  await expectInvariants(fleet, [id], { limit: 20 });
});
