import type { Job } from 'bullmq';
import type { PlanJob } from '../../queues/payloads/plan-job.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { Planner } from '../../workers/planner.ts';
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

test('a planner tells whose dates are to run soon before it asks the log', async () => {
  const { local } = workspace.emulator;
  const { plans, outbox, dispatcher } = fleet;
  const { warehouse, tables } = workspace;
  const told: string[] = [];
  const facts = new FactBus();
  const onPlanning = (jobId: string) => void told.push(jobId);
  const planner = new Planner({ plans, outbox, dispatcher, warehouse, tables, facts, onPlanning });
  const id = await fleet.backfill(sourceDays(2));
  await local.fault({ match: { method: 'POST', path: '/sql/*' }, hold: true, times: 1 });
  const planning = planner.process({ data: { v: 1, backfill_id: id } } as Job<PlanJob>);
  await fleet.until('a question to the log', async () => (await local.held()) === 1);
  expect(told).toEqual([fleet.jobId]);
  await local.clearFaults();
  expect(await planning).toEqual({ settled: true });
});
