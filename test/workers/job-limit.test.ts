import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import type { FactRecord } from './fact-record.ts';
import { Fleet } from './fleet.ts';
import { expectInvariants } from './invariants.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 6 } });
});
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

/** Attempts that were started although as many of ours as the limit last read were live. */
function startsAboveLimit(facts: FactRecord, limitAtFirst: number): string[] {
  const above: string[] = [];
  let limit = limitAtFirst;
  let live = 0;
  for (const fact of facts.all) {
    if (fact.type === 'limit.changed') limit = fact.limit;
    if (fact.type === 'attempt.ended') live -= 1;
    if (fact.type !== 'attempt.started') continue;
    if (live >= limit) above.push(`${fact.position_date}: ${live} live, limit ${limit}`);
    live += 1;
  }
  return above;
}

test('the live limit may fall, be 0 and rise again while dates run', async () => {
  const { facts } = await fleet.worker();
  await fleet.runsTake(300);
  const id = await fleet.backfill(sourceDays(30));
  const limitIs = (limit: number) => facts.of('limit.changed').at(-1)?.limit === limit;
  await fleet.until('six runs', async () => (await fleet.plans.view(id)).counts.running === 6);

  await fleet.updateJob({ max_concurrent_runs: 2 });
  await fleet.until('the limit 2', () => limitIs(2));
  const endedBefore = facts.count('attempt.ended');
  await fleet.until('eight more dates', () => facts.count('attempt.ended') >= endedBefore + 8);

  await fleet.updateJob({ max_concurrent_runs: 0 });
  await fleet.until('the limit 0', () => limitIs(0));
  await fleet.until('no live run', async () => (await fleet.liveRuns()).length === 0);
  const postsBefore = await startsAsked();
  const reads = await limitReads();
  await fleet.until('three more looks at the job', async () => (await limitReads()) >= reads + 3);
  expect(await startsAsked()).toBe(postsBefore);
  expect((await fleet.plans.view(id)).state_reason).toContain('No slot: max_concurrent_runs');

  await fleet.updateJob({ max_concurrent_runs: 9 });
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 30 } });
  expect(startsAboveLimit(facts, 6)).toEqual([]);
  await expectInvariants(fleet, [id], { limit: 9 });
});

test('dates that were refused keep to a limit that fell while they waited', async () => {
  const { facts } = await fleet.worker();
  const { local } = workspace.emulator;
  // Longer than it takes until the next one probes.
  await fleet.runsTake(900);
  const throttle = { match: { method: 'POST', path: 'jobs/run-now' }, status: 429, retry_after: 1 };
  await local.fault({ ...throttle, times: 6 });
  const id = await fleet.backfill(sourceDays(6));
  await fleet.until('six refusals', () => facts.count('run.refused') === 6);
  await fleet.updateJob({ max_concurrent_runs: 2 });
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 6 } });
  await expectInvariants(fleet, [id], { limit: 2 });
});

async function limitReads(): Promise<number> {
  return requests('GET /api/2.2/jobs/get');
}

async function startsAsked(): Promise<number> {
  return requests('POST /api/2.2/jobs/run-now');
}

async function requests(name: string): Promise<number> {
  return (await workspace.emulator.local.ledger()).requests[name] ?? 0;
}

test('two workers together keep the limit and its headroom, and use it up', async () => {
  await fleet.close();
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: 6 }, policy: { headroom: 2 } });
  await Promise.all([fleet.worker(), fleet.worker()]);
  const id = await fleet.backfill(sourceDays(30));
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 30 } });
  const { max_active } = await workspace.emulator.local.ledger();
  expect(max_active[fleet.jobId]).toBe(4);
  await expectInvariants(fleet, [id], { limit: 4 });
});

test('a backfill keeps to its own limit below that of the job', async () => {
  await fleet.worker();
  const id = await fleet.backfill(sourceDays(8), { max_active_runs: 2 });
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: 8 } });
  await expectInvariants(fleet, [id], { limit: 2 });
});
