import { HttpReceiver } from '../harness/http-receiver.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { sourceDays } from '../workers/source-days.ts';

let workspace: TestWorkspace;
let receiver: HttpReceiver;
let fleet: Fleet;

beforeAll(async () => {
  workspace = await startWorkspace();
}, 180_000);
beforeEach(async () => {
  receiver = await HttpReceiver.start();
});
afterEach(async () => {
  await fleet.close();
  await receiver.close();
});
afterAll(() => workspace?.stop());

async function openFleet(): Promise<void> {
  const channels = { team: { type: 'slack', url: `${receiver.url}/slack` } };
  fleet = await Fleet.open(workspace, { section: { alerts: { channels } } });
}

const repeats = () => receiver.requests.map(({ json }) => String(json.text).includes('Sent again'));

test('Slack is told that a message may be there already, also when the try after the lost answer was refused', async () => {
  await openFleet();
  receiver.reply('reset', 503);
  await fleet.worker();
  await fleet.ended(await fleet.backfill(sourceDays(1)));
  await receiver.received(3);
  expect(repeats()).toEqual([false, true, true]);
});

test('A try that never reached Slack is no reason to call the next one a repetition', async () => {
  await openFleet();
  const port = Number(new URL(receiver.url).port);
  await receiver.close();
  await fleet.worker();
  await fleet.ended(await fleet.backfill(sourceDays(1)));
  await fleet.until('a refused connection', () => fleet.facts.count('alert.postponed') > 0);
  receiver = await HttpReceiver.start(port);
  await receiver.received(1);
  expect(repeats()).toEqual([false]);
});
