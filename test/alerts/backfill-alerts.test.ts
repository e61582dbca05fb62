import { webhookSignature } from '../../src/alerts/webhook.ts';
import { HttpReceiver } from '../harness/http-receiver.ts';
import { MailReceiver } from '../harness/mail-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';
import { daysToPauseAt, USER_FAILURE } from './days-to-pause-at.ts';

const SECRET = 'hush-signing';
const PASSWORD = 'hush-mail';

let workspace: TestWorkspace;
let receiver: HttpReceiver;
let mail: MailReceiver;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  receiver = await HttpReceiver.start();
  mail = await MailReceiver.start(PASSWORD);
});
afterEach(async () => {
  await fleet.close();
  await receiver.close();
  await mail.close();
});
afterAll(() => workspace?.stop());

/** One channel of each type, all to the receivers of this test. */
async function openFleet(keys: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) {
  const channels = {
    team: { type: 'slack', url: `${receiver.url}/slack/hush-slack` },
    oncall: { type: 'pagerduty', url: `${receiver.url}/pagerduty`, routing_key: 'hush-routing' },
    hook: { type: 'webhook', url: `${receiver.url}/hook`, secret: SECRET },
    post: {
      type: 'email',
      smtp: `smtp://ops:${PASSWORD}@127.0.0.1:${mail.port}`,
      from: 'Backfills <backfill@example.com>',
      to: ['ops@example.com'],
    },
  };
  const alerts = { page_url: 'https://backfill.example.com', channels, ...keys };
  fleet = await Fleet.open(workspace, { section: { alerts }, settings });
}

const at = (path: string) => (request: { path: string }) => request.path.startsWith(path);
const event = (name: string) => (request: { path: string; json: Record<string, unknown> }) =>
  at('/hook')(request) && request.json.event === name;

/** Waits until nothing is left to be sent, and answers what the channel at this path got. */
async function all(path: string) {
  await fleet.until('nothing left to tell', async () => {
    const { waiting = 0, active = 0, delayed = 0 } = await fleet.queues.alerts.getJobCounts();
    return (await fleet.redis.xlen(fleet.keys.signals)) === 0 && waiting + active + delayed === 0;
  });
  return receiver.requests.filter(at(path)).map(({ json }) => json);
}

test('The end of a backfill with failures is told once over every channel, with its causes and its page', async () => {
  await openFleet();
  const days = sourceDays(6);
  await fleet.script(days[1] ?? '', USER_FAILURE);
  await fleet.script(days[4] ?? '', USER_FAILURE);
  // Two of them, so that what one does the other might do again.
  await fleet.worker();
  await fleet.worker();
  const id = await fleet.backfill(days);
  await fleet.ended(id);
  const [mailed] = await mail.received(1);
  const [hooked, ...more] = await all('/hook');

  expect(more).toEqual([]);
  expect(hooked).toMatchObject({
    event: 'ended',
    severity: 'error',
    title: `Backfill of ${fleet.jobName}: completed with failures, 4 succeeded, 2 failed`,
    backfill: {
      id,
      state: 'completed_with_failures',
      counts: { succeeded: 4, failed: 2, total: 6 },
      url: `https://backfill.example.com/backfills/${id}`,
    },
    causes: [
      {
        cause: 'user_code/RUN_EXECUTION_ERROR',
        count: 2,
        dates: [days[1], days[4]],
        example: 'Column amount is missing.',
      },
    ],
  });
  const [slack, ...moreSlack] = await all('/slack');
  expect(moreSlack).toEqual([]);
  expect(slack?.text).toContain('2 × user_code/RUN_EXECUTION_ERROR');
  const [pager, ...morePager] = await all('/pagerduty');
  expect(morePager).toEqual([]);
  expect(pager).toMatchObject({
    routing_key: 'hush-routing',
    event_action: 'trigger',
    dedup_key: `${id}_ended`,
    payload: { severity: 'error', source: fleet.jobName },
  });
  expect(mail.mails).toHaveLength(1);
  expect(mailed).toMatchObject({ from: 'backfill@example.com', to: ['ops@example.com'] });
  // Long lines come folded.
  expect(mailed?.text.replaceAll('=\r\n', '')).toContain('Column amount is missing.');
  expect(fleet.facts.of('backfill.summary')).toMatchObject([
    { backfill_id: id, state: 'completed_with_failures', counts: { failed: 2 } },
  ]);
});

test('A webhook can check who sent a message and when, and knows a repeated one by its key', async () => {
  await openFleet();
  receiver.reply(503, 503, 503);
  await fleet.worker();
  await fleet.ended(await fleet.backfill(sourceDays(1)));
  await receiver.received(2, at('/slack'));
  const requests = await receiver.received(2, at('/hook'));
  await all('/hook');

  for (const { headers, text } of requests) {
    const timestamp = String(headers['backfill-timestamp']);
    expect(headers['backfill-signature']).toBe(`v1=${webhookSignature(SECRET, timestamp, text)}`);
    expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60);
  }
  expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(new Set(requests.map(({ text }) => text)).size).toBe(1);
});

test('A backfill that pauses itself is told, and so is that it goes on; a success then needs no incident', async () => {
  await openFleet({}, { max_concurrent_runs: 1 });
  const days = await daysToPauseAt(fleet);
  await fleet.worker();
  const id = await fleet.backfill(days, { stop_after_failures: 1 });
  const [paused] = await receiver.received(1, event('paused'));
  expect(paused?.json).toMatchObject({
    severity: 'error',
    reason: expect.stringContaining('stop_after_failures'),
    backfill: { state: 'paused', counts: { failed: 1 } },
  });
  await fleet.control.resume(id);
  await receiver.received(1, event('recovered'));
  await fleet.ended(id);
  await receiver.received(1, event('ended'));
  await all('/hook');
  // A try may be repeated, and says the same then.
  const incidents = new Set(
    (await all('/pagerduty')).map((event) => `${event.event_action} ${event.dedup_key}`),
  );
  const since = String(paused?.json.at);
  expect([...incidents]).toEqual([
    `trigger ${id}_paused_${since}`,
    `resolve ${id}_paused_${since}`,
    `trigger ${id}_ended`,
  ]);
});

test('An incident that could not be opened in time is not opened after its end', async () => {
  const oncall = { type: 'pagerduty', url: `${receiver.url}/pagerduty`, routing_key: 'routing' };
  await openFleet({ channels: { oncall }, events: ['paused'] }, { max_concurrent_runs: 1 });
  const days = await daysToPauseAt(fleet);
  await fleet.worker();
  receiver.reply(503);
  const id = await fleet.backfill(days, { stop_after_failures: 1 });
  await receiver.received(1);
  await fleet.control.resume(id);
  await fleet.ended(id);
  await receiver.received(1, ({ json }) => json.event_action === 'resolve');
  expect((await all('/pagerduty')).at(-1)).toMatchObject({ event_action: 'resolve' });
});

test('A pause by a person is told to nobody, and a cancelled backfill ends without alarm', async () => {
  await openFleet();
  await fleet.worker();
  await fleet.runsTake(60_000);
  const id = await fleet.backfill(sourceDays(2));
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  await fleet.control.pause(id, 'Lunch.');
  await fleet.control.resume(id);
  await fleet.control.cancel(id, 'cancel');
  await fleet.ended(id);
  await receiver.received(1, at('/hook'));
  expect(await all('/hook')).toMatchObject([
    { event: 'ended', severity: 'info', backfill: { state: 'cancelled' } },
  ]);
  expect(await all('/pagerduty')).toEqual([]);
});

test('A backfill without progress while slots are free is told as stalled, and when it moves again', async () => {
  await openFleet({ stall_after: '1s' });
  await fleet.worker();
  const days = sourceDays(3);
  const fault = { match: { path: 'jobs/run-now' }, status: 503, times: 1_000 };
  await workspace.emulator.local.fault(fault);
  const id = await fleet.backfill(days);
  const [stalled] = await receiver.received(1, event('stalled'));
  expect(stalled?.json).toMatchObject({ severity: 'warning', backfill: { id, state: 'running' } });
  await workspace.emulator.local.clearFaults();
  await receiver.received(1, event('recovered'));
  await fleet.ended(id);
  await all('/hook');
  expect(receiver.requests.filter(event('stalled'))).toHaveLength(1);
  const actions = (await all('/pagerduty')).map(({ event_action }) => event_action);
  expect(actions).toEqual(['trigger', 'resolve']);
});

test('A backfill that fails too often is told while it runs, once, and its end closes the incident', async () => {
  await openFleet({ failure_ratio: 0.5 }, { max_concurrent_runs: 2 });
  const days = sourceDays(14);
  for (const day of days.slice(0, 11)) await fleet.script(day, USER_FAILURE);
  await fleet.worker();
  await fleet.runsTake(300);
  const id = await fleet.backfill(days);
  const [failing] = await receiver.received(1, event('failing'));
  expect(failing?.json).toMatchObject({ severity: 'warning', reason: expect.stringMatching(/of 1\d dates/) });
  await fleet.ended(id);
  await receiver.received(1, event('ended'));
  const incidents = (await all('/pagerduty')).map(({ event_action, dedup_key }) => [event_action, dedup_key]);
  const key = incidents[0]?.[1];
  expect(incidents).toEqual([
    ['trigger', key],
    ['resolve', key],
    ['trigger', `${id}_ended`],
  ]);
  expect(receiver.requests.filter(event('failing'))).toHaveLength(1);
});

test('No secret of a channel gets into Redis, a fact or the error of a channel that refuses', async () => {
  await openFleet();
  receiver.reply(403, 403, 403);
  await fleet.worker();
  await fleet.ended(await fleet.backfill(sourceDays(1)));
  await fleet.until('a channel that refuses', () => fleet.facts.count('alert.failed') >= 1);
  await mail.received(1);
  const failed = await fleet.queues.alerts.getFailed();
  expect(failed.map(({ failedReason }) => failedReason).join()).toMatch(/answered HTTP 403/);
  const told = fleet.facts.all.map((fact) =>
    JSON.stringify(fact, (_, value) => (value instanceof Error ? String(value.stack) : value)),
  );
  const keys = await fleet.redis.keys(`${fleet.config.redis.prefix}:*`);
  const dumps = await Promise.all(
    keys.map(async (key) => (await fleet.redis.dumpBuffer(key))?.toString('latin1') ?? ''),
  );
  for (const text of [...told, ...dumps]) expect(text).not.toContain('hush-');
});

test('The end of a backfill names the dates whose runs somebody cancelled at Databricks', async () => {
  await openFleet({}, { max_concurrent_runs: 2 });
  await fleet.worker();
  await fleet.runsTake(60_000);
  const days = sourceDays(2);
  const id = await fleet.backfill(days);
  await fleet.until('two runs', async () => (await fleet.plans.view(id)).counts.running === 2);
  await fleet.cancelRuns();
  await fleet.ended(id);
  const [ended] = await receiver.received(1, event('ended'));
  expect(ended?.json).toMatchObject({
    title: `Backfill of ${fleet.jobName}: completed with failures, 0 succeeded, 0 failed, 2 cancelled`,
    reason: `Cancelled at Databricks: ${days.join(', ')}.`,
  });
});
