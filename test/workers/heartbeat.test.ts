import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from './fleet.ts';
import { sourceDays } from './source-days.ts';

let workspace: TestWorkspace;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
afterEach(() => fleet.close());
afterAll(() => workspace?.stop());

test('A workspace that is slow to list its runs delays neither the beat of a worker nor the search for stalls', async () => {
  fleet = await Fleet.open(workspace, { section: { alerts: { stall_after: '1s' } } });
  // Answers after longer than this test lasts.
  const slow = { match: { path: 'jobs/runs/list' }, latency_ms: 20_000, times: 1_000 };
  const full = { match: { path: 'jobs/run-now' }, status: 503, times: 1_000 };
  await workspace.emulator.local.fault(slow);
  await workspace.emulator.local.fault(full);
  await fleet.worker();
  await fleet.until('a beat', async () => (await fleet.redis.zcard(fleet.keys.workers)) === 1);
  const id = await fleet.backfill(sourceDays(2));
  await fleet.until('a stall that is found', () => fleet.facts.count('backfill.problem') > 0);
  expect(fleet.facts.of('backfill.problem')).toMatchObject([{ backfill_id: id, problem: 'stalled' }]);
});
