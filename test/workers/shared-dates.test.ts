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
  await fleet.worker();
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

test('a backfill of what is missing waits for dates that another runs, and adopts their success', async () => {
  await fleet.runsTake(1_000);
  const shared = sourceDays(4);
  const own = sourceDays(2);
  const first = await fleet.backfill(shared);
  await fleet.until('four runs', async () => (await fleet.plans.view(first)).counts.running === 4);
  const second = await fleet.backfill([...shared, ...own]);
  await fleet.until('its own dates', async () => (await fleet.plans.view(second)).counts.running === 2);
  const waiting = (await fleet.plans.dates(second)).filter(({ state }) => state === 'pending');
  expect(waiting.map(({ waiting_for }) => waiting_for)).toEqual(Array(4).fill(first));

  expect(await fleet.ended(second)).toMatchObject({ state: 'completed', counts: { succeeded: 6 } });
  const adopted = (await fleet.plans.dates(second)).filter(({ reason }) => reason === 'adopted');
  expect(adopted.map((date) => date.position_date)).toEqual(shared);
  for (const date of adopted) expect(date).toMatchObject({ attempt: 0, adopted_from: first });
  expect(await fleet.runs()).toHaveLength(6);
  await expectInvariants(fleet, [first, second], { limit: 20 });
});

test('a backfill of everything waits for dates that another runs, and then runs them itself', async () => {
  await fleet.runsTake(500);
  const days = sourceDays(4);
  const first = await fleet.backfill(days);
  await fleet.until('four runs', async () => (await fleet.plans.view(first)).counts.running === 4);
  const second = await fleet.backfill(days, { reprocess: 'all' });
  expect(await fleet.ended(second)).toMatchObject({ state: 'completed', counts: { succeeded: 4 } });
  expect(await fleet.runs()).toHaveLength(8);
  await expectInvariants(fleet, [first, second], { limit: 20 });
});

test('a date that failed in another backfill is run by the one that waited for it', async () => {
  await fleet.runsTake(500);
  const days = sourceDays(2);
  await fleet.script(days[0] ?? '', { termination_code: 'RUN_EXECUTION_ERROR', message: 'broken' });
  const first = await fleet.backfill(days);
  await fleet.until('two runs', async () => (await fleet.plans.view(first)).counts.running === 2);
  const second = await fleet.backfill(days);
  expect(await fleet.ended(second)).toMatchObject({ state: 'completed', counts: { succeeded: 2 } });
  expect((await fleet.plans.dates(second)).map(({ reason }) => reason)).toEqual([null, 'adopted']);
  expect(await fleet.runs()).toHaveLength(3);
  await expectInvariants(fleet, [first, second], { limit: 20 });
});

test('many backfills of the same dates at once run each date once', async () => {
  const days = sourceDays(6);
  const ids = await Promise.all(Array.from({ length: 5 }, () => fleet.backfill(days)));
  for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'completed' });
  expect(await fleet.runs()).toHaveLength(6);
  await expectInvariants(fleet, ids, { limit: 20 });
});
