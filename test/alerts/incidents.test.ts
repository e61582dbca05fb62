import { HttpReceiver } from '../harness/http-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { FleetWeb } from '../workers/fleet-web.ts';
import { sourceDays } from '../workers/source-days.ts';
import { daysToPauseAt, USER_FAILURE } from './days-to-pause-at.ts';

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
  const days = await daysToPauseAt(fleet);
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

const retry = async (id: string, body: object = {}) => {
  web ??= await FleetWeb.open(fleet);
  return String((await web.post(`/api/backfills/${id}/retry`, body)).json.id);
};
const incidents = () => receiver.requests.map(({ json }) => `${json.event_action} ${json.dedup_key}`);

/** Waits until nothing is left to be sent. */
async function allTold(): Promise<void> {
  await fleet.until('nothing left to tell', async () => {
    const { waiting = 0, active = 0, delayed = 0 } = await fleet.queues.alerts.getJobCounts();
    return (await fleet.redis.xlen(fleet.keys.signals)) === 0 && waiting + active + delayed === 0;
  });
}

test('The incident of failed dates ends when retries have made the last of them good, not before', async () => {
  await openFleet();
  const [one = '', two = '', fine = ''] = sourceDays(3);
  await fleet.script(one, USER_FAILURE);
  await fleet.script(two, USER_FAILURE, USER_FAILURE);
  await fleet.worker();
  const id = await fleet.backfill([one, two, fine]);
  await fleet.ended(id);
  await fleet.ended(await retry(id, { dates: [one] }));
  await allTold();
  expect(incidents()).toEqual([`trigger ${id}_ended`]);

  // It fails once more, which is an incident of its own.
  const failing = await retry(id, { dates: [two] });
  await fleet.ended(failing);
  await receiver.received(2);
  await fleet.ended(await retry(failing));
  await receiver.received(4);
  await allTold();
  expect(incidents()).toEqual([
    `trigger ${id}_ended`,
    `trigger ${failing}_ended`,
    `resolve ${id}_ended`,
    `resolve ${failing}_ended`,
  ]);
});

test('An incident of failed dates that could not begin before a retry made them good never begins', async () => {
  await openFleet();
  const [day = ''] = sourceDays(1);
  await fleet.script(day, USER_FAILURE);
  await fleet.worker();
  receiver.reply('hold');
  const id = await fleet.backfill([day]);
  await receiver.received(1);
  await fleet.ended(await retry(id));
  await receiver.received(1, resolved);
  receiver.release(503);
  await allTold();
  expect(actions().filter((action) => action === 'trigger')).toHaveLength(1);
  expect(actions().at(-1)).toBe('resolve');
});

test('Failures that a retry makes good before their backfill has ended are no incident', async () => {
  await openFleet({ events: ['ended'] }, { max_concurrent_runs: 1 });
  const days = await daysToPauseAt(fleet);
  await fleet.worker();
  const id = await fleet.backfill(days, { stop_after_failures: 1 });
  await fleet.until('its pause', async () => (await fleet.plans.view(id)).state === 'paused');
  await fleet.ended(await retry(id));
  await fleet.control.resume(id);
  expect(await fleet.ended(id)).toMatchObject({ state: 'completed_with_failures' });
  await allTold();
  expect(incidents().filter((incident) => incident.includes('_ended'))).toEqual([]);
});
