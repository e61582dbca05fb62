import { HttpReceiver } from '../harness/http-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import type { FleetWeb } from '../workers/fleet-web.ts';
import { sourceDays } from '../workers/source-days.ts';

const USER_FAILURE = { termination_code: 'RUN_EXECUTION_ERROR', message: 'Column amount is missing.' };

let workspace: TestWorkspace;
let receiver: HttpReceiver;
let fleet: Fleet;
let web: FleetWeb | null = null;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  receiver = await HttpReceiver.start();
});
afterEach(async () => {
  await web?.close();
  web = null;
  await fleet.close();
  await receiver.close();
});
afterAll(() => workspace?.stop());

async function openFleet(keys: object = {}, settings: object = {}): Promise<void> {
  const oncall = { type: 'pagerduty', url: `${receiver.url}/pagerduty`, routing_key: 'routing' };
  const alerts = { channels: { oncall }, ...keys };
  fleet = await Fleet.open(workspace, { section: { alerts }, settings: { ...settings } });
}

/** A backfill that has paused itself, and whose message the receiver holds. */
async function pausedBackfill(): Promise<string> {
  await openFleet({ events: ['paused'] }, { max_concurrent_runs: 1 });
  const days = sourceDays(3);
  await fleet.script(days[0] ?? '', USER_FAILURE);
  await fleet.worker();
  receiver.reply('hold');
  const id = await fleet.backfill(days, { stop_after_failures: 1 });
  await receiver.received(1);
  return id;
}

const actions = () => receiver.requests.map(({ json }) => json.event_action);
const dedupKeys = () => new Set(receiver.requests.map(({ json }) => json.dedup_key));
const resolved = ({ json }: { json: Record<string, unknown> }) => json.event_action === 'resolve';

test('An incident whose end overtakes its beginning is ended once more after it has begun', async () => {
  const id = await pausedBackfill();
  await fleet.control.resume(id);
  await receiver.received(1, resolved);
  receiver.release(202);
  await receiver.received(2, resolved);
  expect(actions()).toEqual(['trigger', 'resolve', 'resolve']);
  expect(dedupKeys().size).toBe(1);
});

test('An incident that may have begun although no answer came is ended when the next try comes too late', async () => {
  const id = await pausedBackfill();
  await fleet.control.resume(id);
  await receiver.received(1, resolved);
  receiver.release('reset');
  await receiver.received(2, resolved);
  expect(actions()).toEqual(['trigger', 'resolve', 'resolve']);
  expect(dedupKeys().size).toBe(1);
});

test('An end that PagerDuty does not take at first is sent again', async () => {
  const id = await pausedBackfill();
  await fleet.control.resume(id);
  await receiver.received(1, resolved);
  receiver.reply(503);
  receiver.release(202);
  await receiver.received(3, resolved);
  expect(actions()).toEqual(['trigger', 'resolve', 'resolve', 'resolve']);
});
