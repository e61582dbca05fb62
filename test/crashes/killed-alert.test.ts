import { HttpReceiver, type ReceivedRequest } from '../harness/http-receiver.ts';
import { testRedisUrl } from '../harness/redis.ts';
import { RedisProxy } from '../harness/redis-proxy.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';
import { isAddAlert } from './redis-command.ts';

let workspace: TestWorkspace;
let receiver: HttpReceiver;
let proxy: RedisProxy;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  receiver = await HttpReceiver.start();
  proxy = await RedisProxy.start(testRedisUrl());
});
afterEach(async () => {
  await fleet.close();
  await proxy.close();
  await receiver.close();
});
afterAll(() => workspace?.stop());

async function openFleet(channels: (url: string) => Record<string, object>): Promise<void> {
  fleet = await Fleet.open(workspace, { section: { alerts: { channels: channels(receiver.url) } } });
}

const webhook = (url: string) => ({ hook: { type: 'webhook', url: `${url}/hook`, secret: 'signing' } });
const keyOf = ({ headers }: ReceivedRequest) => headers['idempotency-key'];

test.each(['nothing', 'all'] as const)(
  'A worker killed between the end of a backfill and its message loses none and doubles none (Redis got %s of it)',
  async (sends) => {
    await openFleet(webhook);
    const reached = proxy.hold({ command: isAddAlert, sends });
    const dying = await fleet.workerProcess({ REDIS_URL: proxy.url });
    const id = await fleet.backfill(sourceDays(1));
    await reached;
    dying.child.kill('SIGKILL');
    await dying.result;
    expect(await fleet.redis.xlen(fleet.keys.signals)).toBe(1);

    // Its lease would keep the others from passing signals on until it runs out.
    await fleet.redis.pexpire(fleet.keys.lease('signals'), 1);
    await fleet.worker();
    await receiver.received(1);
    await fleet.until(
      'the signal to be done with',
      async () => (await fleet.redis.xlen(fleet.keys.signals)) === 0,
    );
    await fleet.until(
      'the message to be recorded',
      async () => (await fleet.queues.alerts.getCompletedCount()) === 1,
    );
    expect(receiver.requests.map(({ json }) => json.event)).toEqual(['ended']);
    expect(receiver.requests.map(keyOf)).toEqual([expect.stringContaining(id)]);
  },
);

test('A worker killed after it sent a message and before that is recorded sends it again under the same key', async () => {
  await openFleet((url) => ({ ...webhook(url), team: { type: 'slack', url: `${url}/slack` } }));
  receiver.reply('hold', 'hold');
  const dying = await fleet.workerProcess();
  await fleet.backfill(sourceDays(1));
  await receiver.received(2);
  dying.child.kill('SIGKILL');
  await dying.result;

  await fleet.worker();
  const hooked = await receiver.received(2, ({ path }) => path === '/hook');
  const slack = await receiver.received(2, ({ path }) => path === '/slack');
  await fleet.until('both to be recorded', async () => (await fleet.queues.alerts.getCompletedCount()) === 2);
  expect(receiver.requests).toHaveLength(4);
  expect(new Set(hooked.map(keyOf)).size).toBe(1);
  // Slack knows no such key, so the message itself tells.
  expect(slack.map(({ json }) => String(json.text).includes('Sent again'))).toEqual([false, true]);
});
