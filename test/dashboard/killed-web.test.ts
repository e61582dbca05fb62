import { RunningCommand } from '../harness/command.ts';
import { testRedisUrl } from '../harness/redis.ts';
import { type HoldPoint, RedisProxy } from '../harness/redis-proxy.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { type Reply, type RunningWeb, send, startWeb } from './running-web.ts';

const DATES = { start_date: '2010-01-01', end_date: '2023-09-09', calendar: 'none' };
const KEY = { 'idempotency-key': 'thirteen years' };

/** Where the process is killed: at these commands on their way to Redis. */
const MOMENTS = {
  'before the plan is sent': { command: isCreate, sends: 'nothing' },
  'with half of the plan sent': { command: isCreate, sends: 'half' },
  'after the plan is stored, before a worker is asked to settle it': { command: isAddPlan, sends: 'nothing' },
} as const satisfies Record<string, HoldPoint>;

function isCreate([name = '', ...words]: readonly string[]): boolean {
  return /^eval/i.test(name) && words.some((word) => word.startsWith('{') && word.includes('"letters":"pp'));
}

function isAddPlan([name = '', ...words]: readonly string[]): boolean {
  return /^eval/i.test(name) && words.some((word) => word.endsWith(':plans:wait'));
}

let workspace: TestWorkspace;
let fleet: Fleet;
let proxy: RedisProxy;
let dying: RunningCommand;
let next: RunningWeb | undefined;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace);
  proxy = await RedisProxy.start(testRedisUrl());
  const own = { REDIS_URL: proxy.url, BACKFILL_REDIS_PREFIX: fleet.config.redis.prefix };
  dying = new RunningCommand(['web'], { env: { ...workspace.env, ...own } });
  await dying.untilSaid('Ready at');
});
afterEach(async () => {
  dying.child.kill('SIGKILL');
  await dying.result;
  await proxy.close();
  await next?.close();
  next = undefined;
  await fleet.close();
});
afterAll(() => workspace?.stop());

const body = () => ({ job_id: fleet.jobId, ...DATES });

/** Asks the process for the backfill and kills it in the midst of it. */
async function killAt(moment: HoldPoint, headers: Record<string, string>): Promise<void> {
  const [, url = ''] = /"url":"(http:[^"]+)"/.exec(dying.said) ?? [];
  const reached = proxy.hold(moment);
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const lost = send(`${url}/api/backfills`, { ...init, body: JSON.stringify(body()) }).then(
    (reply): string => `answered ${reply.status}`,
    () => 'unanswered',
  );
  await reached;
  dying.child.kill('SIGKILL');
  await dying.result;
  expect(await lost).toBe('unanswered');
}

async function startAgain(): Promise<RunningWeb> {
  next = await startWeb({ databricks: fleet.config.databricks });
  return next;
}

const listed = async (web: RunningWeb) => (await web.get('/api/backfills')).json.items as Reply['json'][];

test.each(Object.entries(MOMENTS))(
  'killed %s: the same Idempotency-Key makes one backfill of it',
  async (_name, moment) => {
    await killAt(moment, KEY);
    const web = await startAgain();
    const reply = await web.post('/api/backfills', body(), KEY);
    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ state: 'planning', counts: { pending: 5_000, total: 5_000 } });
    expect(await listed(web)).toMatchObject([{ id: reply.json.id }]);
    const waiting = await web.queues.plans.getWaiting();
    expect(waiting.map(({ data }) => data.backfill_id)).toEqual([reply.json.id]);
    const again = await web.post('/api/backfills', body(), KEY);
    expect([again.status, again.json.id]).toEqual([202, reply.json.id]);
  },
);

test.each(Object.entries(MOMENTS).slice(0, 2))(
  'killed %s and not asked again: nothing of it is there',
  async (_name, moment) => {
    await killAt(moment, {});
    const web = await startAgain();
    expect(await listed(web)).toEqual([]);
    expect(await web.keyNames()).toEqual([]);
  },
);

test('killed after the plan is stored and not asked again: a worker settles the plan and runs it', async () => {
  await killAt(MOMENTS['after the plan is stored, before a worker is asked to settle it'], {});
  const web = await startAgain();
  const [stored] = await listed(web);
  expect(stored).toMatchObject({ state: 'planning', counts: { pending: 5_000 } });
  const id = String(stored?.id);
  await fleet.worker();
  await fleet.until('the plan to run', async () => (await fleet.runs()).length > 0);
  expect((await fleet.plans.view(id)).state).toBe('running');
  await web.post(`/api/backfills/${id}/cancel`);
  expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled', counts: { total: 5_000 } });
});
