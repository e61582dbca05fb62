import { pino } from 'pino';
import { WebServer } from '../../dashboard/web-server.ts';
import type { BackfillView } from '../../queues/plan/backfill-view.ts';
import type { DateView } from '../../queues/plan/date-view.ts';
import type { Config } from '../../src/config/config.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { type Reply, send } from '../dashboard/running-web.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet, type ListenedWorker } from './fleet.ts';
import { recover, wipeRedis } from './lost-redis.ts';
import { sourceDays } from './source-days.ts';

const DAY_MS = 86_400_000;
const SATURDAY = '2024-06-29';

let workspace: TestWorkspace;
let fleet: Fleet;
let web: WebServer;

beforeAll(async () => {
  workspace = await startWorkspace();
});
afterAll(() => workspace?.stop());

async function open(): Promise<void> {
  fleet = await Fleet.open(workspace);
  web = await startWeb(fleet.config);
}

async function startWeb(config: Config): Promise<WebServer> {
  const server = new WebServer({ config, facts: new FactBus(), logger: pino({ level: 'silent' }) });
  await server.start();
  return server;
}

async function close(): Promise<void> {
  await web?.stop();
  await fleet?.close();
}

const call = (path: string, init: RequestInit = {}): Promise<Reply> => send(`${web.url}${path}`, init);
const view = async (id: string) => (await call(`/api/backfills/${id}`)).json as unknown as BackfillView;
const dates = async (id: string) => JSON.parse((await call(`/api/backfills/${id}/dates`)).text) as DateView[];

/** Lets so many days pass since a backfill was made and ended. */
async function age(id: string, days: number): Promise<void> {
  const then = Date.now() - days * DAY_MS;
  await fleet.redis.hset(fleet.keys.backfill(id), 'finished_at', new Date(then).toISOString());
  await fleet.redis.zadd(fleet.keys.backfills, then, id);
}

/** Starts a worker that looks for what is to leave Redis, and waits until it has. */
async function lookAgain(worker?: ListenedWorker): Promise<ListenedWorker> {
  await worker?.worker.stop();
  await fleet.redis.del(fleet.keys.lease('retention'));
  return fleet.worker();
}

async function forgotten(...ids: string[]): Promise<void> {
  await fleet.until('them to leave Redis', async () => (await inRedis(...ids)).length === 0);
}

async function inRedis(...ids: string[]): Promise<string[]> {
  const names = await fleet.redis.keys(`${fleet.keys.prefix}:backfill:*`);
  return names.filter((name) => ids.some((id) => name.includes(id)));
}

describe('Retention', () => {
  beforeEach(open);
  afterEach(close);

  it('takes what ended long ago out of Redis, all of it, and it is told from the tables as it was', async () => {
    const worker = await fleet.worker();
    const [broken = '', ...days] = sourceDays(4);
    const late = sourceDays(2);
    await fleet.script(broken, { termination_code: 'RUN_EXECUTION_ERROR', message: 'broken' });
    // Planned before the first has run, and fed after: it takes over what the first has done.
    const adopting = await fleet.backfill(days, { priority: 7, max_active_runs: 2 });
    await fleet.control.pause(adopting, 'until the other is done');
    await fleet.until('its plan', async () => !(await fleet.plans.requireRecord(adopting)).in_planning);
    const first = await fleet.backfill([broken, ...days, SATURDAY], { reason: 'an audit', order: 'desc' });
    await fleet.ended(first);
    await fleet.control.resume(adopting);
    await fleet.runsTake(60_000);
    const cancelled = await fleet.backfill(late, { max_active_runs: 1 });
    await fleet.until(
      'a run of the third',
      async () => (await fleet.plans.view(cancelled)).counts.running === 1,
    );
    await fleet.control.cancel(cancelled, 'cancel');
    const ids = [first, adopting, cancelled];
    for (const id of ids) await fleet.ended(id);
    await fleet.logged();

    const views = await Promise.all(ids.map(view));
    expect(views.map(({ state }) => state)).toEqual(['completed_with_failures', 'completed', 'cancelled']);
    const told = await Promise.all(ids.map(dates));
    expect(told[1]?.map(({ reason }) => reason)).toEqual(['adopted', 'adopted', 'adopted']);
    for (const id of ids) await age(id, 31);
    await lookAgain(worker);
    await forgotten(...ids);
    expect(await Promise.all(ids.map(view))).toEqual(views);
    expect(await Promise.all(ids.map(dates))).toEqual(told);
    expect((await call(`/api/backfills/${first}/dates?state=failed`)).json).toMatchObject([
      { position_date: broken },
    ]);
  });

  it('after Redis was lost, recover lists again what has ended', async () => {
    const { worker } = await fleet.worker();
    const id = await fleet.backfill(sourceDays(1));
    await fleet.ended(id);
    await fleet.logged();
    const before = await view(id);
    await worker.stop();
    await wipeRedis(fleet);
    expect((await call(`/api/backfills/${id}`)).status).toBe(404);
    await recover(fleet);
    expect(await view(id)).toEqual(before);
    expect(((await call('/api/backfills')).json.items as BackfillView[]).at(0)).toEqual(before);
  });
});

describe('With one archived between two that Redis has', () => {
  let ids: string[];

  afterAll(close);
  beforeAll(async () => {
    await open();
    const worker = await fleet.worker();
    ids = [];
    for (const day of sourceDays(3)) ids.push(await fleet.backfill([day]));
    for (const id of ids) await fleet.ended(id);
    await fleet.logged();
    for (const [index, days] of [40, 35, 10].entries()) {
      const id = ids[index] ?? '';
      await age(id, days);
      // The oldest has a row on its way.
      if (index === 0) await fleet.redis.hincrby(fleet.keys.backfill(id), 'log_pending', 1);
    }
    await lookAgain(worker);
    await forgotten(ids[1] ?? '');
    await fleet.until('the other to be told of', () => fleet.facts.count('retention.kept') === 1);
  });

  it('only that one has left, since the tables must hold all of it first', async () => {
    expect(await inRedis(ids[0] ?? '')).not.toEqual([]);
    expect(await inRedis(ids[2] ?? '')).not.toEqual([]);
    expect(fleet.facts.of('retention.kept')[0]?.backfill_ids).toEqual([ids[0]]);
  });

  it('the list has all three in order, and its first page does not ask the warehouse', async () => {
    const listed: string[] = [];
    const requests = async () => (await workspace.emulator.local.ledger()).requests;
    let cursor: string | null = null;
    for (let page = 0; page === 0 || cursor !== null; page += 1) {
      const before = await requests();
      const { json } = await call(`/api/backfills?limit=10${cursor === null ? '' : `&cursor=${cursor}`}`);
      if (page === 0) expect(statements(await requests())).toBe(statements(before));
      listed.push(...(json.items as BackfillView[]).map(({ id }) => id));
      cursor = json.next_cursor as string | null;
    }
    expect(listed).toEqual(ids.toReversed());
  });

  it('it cannot be controlled any more, and what never was is told from it', async () => {
    const post = (id: string, what: string) =>
      call(`/api/backfills/${id}/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
    const never = '019b0000-0000-7000-8000-000000000001';
    for (const what of ['pause', 'resume', 'cancel']) {
      const gone = await post(ids[1] ?? '', what);
      expect([gone.status, gone.json.code]).toEqual([409, 'already_finished']);
      const unknown = await post(never, what);
      expect([unknown.status, unknown.json.code]).toEqual([404, 'not_found']);
    }
    for (const path of ['', '/dates', '/events']) {
      expect((await call(`/api/backfills/${never}${path}`)).json.code).toBe('not_found');
    }
  });

  it('its events are its final state, and then the end', async () => {
    const { status, text } = await call(`/api/backfills/${ids[1]}/events`);
    expect(status).toBe(200);
    const final = JSON.stringify(await view(ids[1] ?? ''));
    expect(text).toBe(`id: 0-0\nevent: backfill\ndata: ${final}\n\n`);
    const again = await call(`/api/backfills/${ids[1]}/events`, { headers: { 'last-event-id': '0-0' } });
    expect(again.status).toBe(204);
  });

  it('without the warehouse only that one cannot be told', async () => {
    // To a process that does not trust its certificate it is as good as gone.
    const { databricks } = fleet.config;
    const blind = await startWeb({
      ...fleet.config,
      databricks: databricks && { ...databricks, caCert: null },
    });
    const [gone, here, list] = await Promise.all(
      [ids[1], `${ids[0]}/dates`, ''].map((path) => send(`${blind.url}/api/backfills/${path}`, {})),
    );
    await blind.stop();
    expect([gone?.status, gone?.json.code]).toEqual([503, 'warehouse_unavailable']);
    expect([here?.status, list?.status]).toEqual([200, 200]);
  });
});

function statements(requests: Readonly<Record<string, number>>): number {
  return Object.entries(requests).reduce(
    (sum, [key, count]) => (key.includes('/sql/') ? sum + count : sum),
    0,
  );
}
