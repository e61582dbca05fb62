import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
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

const STATEMENTS = { method: 'POST', path: '/sql/*' };
/** Planning then asks the log nothing, so that all statements are the writer's. */
const ALL = { reprocess: 'all' };

test('runs go on while the warehouse is down, and then everything is written once', async () => {
  await Promise.all([fleet.worker(), fleet.worker()]);
  await workspace.emulator.local.fault({ match: STATEMENTS, status: 503, times: null });
  const id = await fleet.backfill(sourceDays(30), ALL);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 30 } });
  expect((await fleet.plans.view(id)).log_pending).toBeGreaterThanOrEqual(60);
  expect(fleet.facts.count('log.written')).toBe(0);

  await workspace.emulator.local.clearFaults();
  await expectInvariants(fleet, [id], { limit: 20 });
  expect((await fleet.plans.view(id)).log_pending).toBe(0);
  const rows = fleet.facts.of('log.written').reduce((sum, fact) => sum + fact.rows, 0);
  expect(rows).toBeLessThanOrEqual(60);
});

test('the row of a new backfill does not wait for the flush interval, though its first runs have started', async () => {
  await fleet.worker({ logFlushIntervalMs: 3_600_000 });
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(3), ALL);
  await fleet.until('three runs', async () => (await fleet.plans.view(id)).counts.running === 3);
  await fleet.until('its row', async () => !(await fleet.plans.view(id)).not_yet_durable);
  await fleet.cancelRuns();
  await fleet.ended(id);
  await expectInvariants(fleet, [id], { limit: 20 });
});

test('of two workers one writes at a time, however long its statement takes', async () => {
  const { local } = workspace.emulator;
  const [one, other] = await Promise.all([fleet.worker(), fleet.worker()]);
  await local.fault({ match: STATEMENTS, hold: true, times: null });
  const first = await fleet.backfill(sourceDays(5), ALL);
  await fleet.until('a statement under way', async () => (await local.held()) === 1);
  // More to write, and time for the other worker to look several times.
  const second = await fleet.backfill(sourceDays(12), { ...ALL, max_active_runs: 2 });
  await fleet.ended(first);
  await fleet.ended(second);
  expect(await local.held()).toBe(1);
  expect(fleet.facts.count('log.written')).toBe(0);
  await local.clearFaults();
  await expectInvariants(fleet, [first, second], { limit: 20 });
  const writers = [one, other].filter(({ facts }) => facts.count('log.written') > 0);
  expect(writers.length).toBeGreaterThan(0);
});

test('when the writer is killed between two statements, another writes on at once', async () => {
  const command = await fleet.workerProcess();
  const first = await fleet.backfill(sourceDays(3), ALL);
  await fleet.ended(first);
  await fleet.logged();
  command.child.kill('SIGKILL');
  await command.result;
  await fleet.worker();
  const second = await fleet.backfill(sourceDays(3), ALL);
  await fleet.ended(second);
  await expectInvariants(fleet, [first, second], { limit: 20 });
});

test.each([
  ['before its statement had an effect', { reset: 'before' }],
  ['after its statement had its effect', {}],
])('when the writer is killed %s, no row is lost and none comes twice', async (_when, loss) => {
  const { local } = workspace.emulator;
  const command = await fleet.workerProcess();
  const first = await fleet.backfill(sourceDays(1), ALL);
  await fleet.ended(first);
  await fleet.logged();
  // Its session is open and its tables are checked: the next request is the statement that writes.
  await local.fault({ match: STATEMENTS, hold: true, ...loss });
  const second = await fleet.backfill(sourceDays(6), ALL);
  await fleet.ended(second);
  await fleet.until('a statement under way', async () => (await local.held()) === 1);
  command.child.kill('SIGKILL');
  await command.result;
  await local.clearFaults();
  await fleet.worker();
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [first, second], { limit: 20 });
});

test('a stopping worker does not wait for a warehouse that does not answer', async () => {
  const { local } = workspace.emulator;
  const command = await fleet.workerProcess();
  await local.fault({ match: STATEMENTS, hold: true, times: null });
  const id = await fleet.backfill(sourceDays(2), ALL);
  await fleet.ended(id);
  await fleet.until('a statement under way', async () => (await local.held()) > 0);
  const stopMs = Date.now();
  expect(await command.stop()).toMatchObject({ exitCode: 0 });
  expect(Date.now() - stopMs).toBeLessThan(5_000);
  await local.clearFaults();
  await fleet.worker();
  await fleet.releaseLogLease();
  await expectInvariants(fleet, [id], { limit: 20 });
});
