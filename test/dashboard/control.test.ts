import type { Fact } from '../../src/facts/fact.ts';
import { days, JOB_ID, PlanBench } from '../queues/plan-bench.ts';
import { type Reply, type RunningWeb, startWeb } from './running-web.ts';

let web: RunningWeb;
let bench: PlanBench;

beforeEach(async () => {
  web = await startWeb();
  bench = new PlanBench();
});
afterEach(async () => {
  await bench.close();
  await web.close();
});

/** Brings a backfill into each state; the bench stands for the worker. */
const IN_STATE = {
  planning: () => bench.planning(days(3)),
  running: () => bench.running(days(3)),
  paused: async () => {
    const id = await bench.running(days(3));
    await bench.control.pause(id, 'Paused by ann.');
    return id;
  },
  cancelling: async () => {
    const id = await withLiveRun();
    await bench.control.cancel(id, 'cancel');
    return id;
  },
  cancelled: async () => {
    const id = await bench.running(days(3));
    await bench.control.cancel(id, 'cancel');
    return id;
  },
  completed: async () => {
    const id = await bench.planning(days(1));
    const record = await bench.plans.requireRecord(id);
    await bench.plans.settle(record, [{ positionDate: '2024-06-01', letter: 'a' }], null);
    return id;
  },
  completed_with_failures: async () => {
    const id = await bench.running(days(1));
    await bench.dispatcher.feed(JOB_ID);
    await bench.end(await bench.start(), 'cancelled');
    return id;
  },
} as const;

async function withLiveRun(): Promise<string> {
  const id = await bench.running(days(3));
  await bench.dispatcher.feed(JOB_ID);
  await bench.run(await bench.start(), '71');
  return id;
}

const CONTROLS = {
  pause: (id: string) => web.post(`/api/backfills/${id}/pause`),
  resume: (id: string) => web.post(`/api/backfills/${id}/resume`),
  cancel: (id: string) => web.post(`/api/backfills/${id}/cancel`),
  PATCH: (id: string) => web.patch(`/api/backfills/${id}`, { priority: 7 }),
} as const;

type State = keyof typeof IN_STATE;
type Control = keyof typeof CONTROLS;
const REFUSED = [409, 'already_finished'] as const;

const ANSWERS: Record<State, Record<Control, readonly [status: number, state: string]>> = {
  planning: {
    pause: [200, 'paused'],
    resume: [200, 'planning'],
    cancel: [202, 'cancelled'],
    PATCH: [200, 'planning'],
  },
  running: {
    pause: [200, 'paused'],
    resume: [200, 'running'],
    cancel: [202, 'cancelled'],
    PATCH: [200, 'running'],
  },
  paused: {
    pause: [200, 'paused'],
    resume: [200, 'running'],
    cancel: [202, 'cancelled'],
    PATCH: [200, 'paused'],
  },
  cancelling: { pause: REFUSED, resume: REFUSED, cancel: [200, 'cancelling'], PATCH: REFUSED },
  cancelled: { pause: REFUSED, resume: REFUSED, cancel: [200, 'cancelled'], PATCH: REFUSED },
  completed: { pause: REFUSED, resume: REFUSED, cancel: REFUSED, PATCH: REFUSED },
  completed_with_failures: { pause: REFUSED, resume: REFUSED, cancel: REFUSED, PATCH: REFUSED },
};

const table = Object.entries(ANSWERS).flatMap(([state, answers]) =>
  Object.entries(answers).map(([control, [status, then]]) => [
    control as Control,
    state as State,
    status,
    then,
  ]),
) as [Control, State, number, string][];

test.each(table)('%s of a backfill that is %s answers %i, %s', async (control, state, status, then) => {
  const id = await IN_STATE[state]();
  expect((await bench.plans.view(id)).state).toBe(state);
  const reply = await CONTROLS[control](id);
  expect([reply.status, stateOrCode(reply)]).toEqual([status, then]);
  expect((await bench.plans.view(id)).state).toBe(status === 409 ? state : then);
});

function stateOrCode({ status, json }: Reply): unknown {
  return status < 300 ? json.state : json.code;
}

test.each(Object.keys(CONTROLS) as Control[])(
  '%s of a backfill that is not there finds nothing',
  async (control) => {
    const reply = await CONTROLS[control]('0190aaaa-0000-7000-8000-000000000000');
    expect([reply.status, reply.json.code]).toEqual([404, 'not_found']);
  },
);

test('a cancel lets live runs finish when asked, and a second one may cancel them', async () => {
  const id = await withLiveRun();
  const cancelRuns = () => bench.redis.hget(bench.keys.backfill(id), 'cancel_runs');
  const first = await web.post(`/api/backfills/${id}/cancel`, { runs: 'finish' });
  expect([first.status, first.json.state, await cancelRuns()]).toEqual([202, 'cancelling', 'finish']);
  expect(first.json.counts).toMatchObject({ cancelled: 2, running: 1 });
  const second = await web.post(`/api/backfills/${id}/cancel`, {});
  expect([second.status, second.json.state, await cancelRuns()]).toEqual([200, 'cancelling', 'cancel']);
});

test('a changed limit and priority hold at once, and null takes the limit away', async () => {
  const id = await bench.running(days(9));
  const narrow = await web.patch(`/api/backfills/${id}`, { max_active_runs: 2, priority: 1000 });
  expect(narrow.json).toMatchObject({
    max_active_runs: 2,
    priority: 1000,
    counts: { queued: 2, pending: 7 },
  });
  const wide = await web.patch(`/api/backfills/${id}`, { max_active_runs: null });
  expect(wide.json).toMatchObject({ max_active_runs: null, priority: 1000, counts: { queued: 8 } });
});

test.each([
  [{}, 'body'],
  [{ max_active_runs: 0 }, 'max_active_runs'],
  [{ max_active_runs: 1001 }, 'max_active_runs'],
  [{ max_active_runs: 1.5 }, 'max_active_runs'],
  [{ max_active_runs: '5' }, 'max_active_runs'],
  [{ priority: 0 }, 'priority'],
  [{ priority: 1001 }, 'priority'],
  [{ priority: null }, 'priority'],
  [{ priorty: 5 }, 'priorty'],
  [[], 'body'],
  [undefined, 'body'],
])('PATCH with %j is refused by the field %s, and changes nothing', async (body, field) => {
  const id = await bench.running(days(3));
  const reply = await web.patch(`/api/backfills/${id}`, body);
  expect([reply.status, reply.json.code]).toEqual([400, 'invalid_request']);
  expect(reply.json.message).toContain(`${field}: `);
  expect(await bench.plans.view(id)).toMatchObject({ priority: 100, max_active_runs: null });
});

test.each([{ runs: 'stop' }, { run: 'cancel' }, 'cancel'])(
  'cancel with %j is refused, and nothing is cancelled',
  async (body) => {
    const id = await bench.running(days(3));
    const reply = await web.post(`/api/backfills/${id}/cancel`, JSON.stringify(body));
    expect([reply.status, reply.json.code]).toEqual([400, 'invalid_request']);
    expect((await bench.plans.view(id)).state).toBe('running');
  },
);

test('every answer says whether the tables know of it already', async () => {
  const id = await bench.running(days(3));
  const confirmAll = async () => bench.outbox.confirm(await bench.outbox.read(100));
  const get = () => web.get(`/api/backfills/${id}`);
  for (const control of ['pause', 'PATCH', 'resume', 'cancel'] as const) {
    await confirmAll();
    expect((await get()).json.not_yet_durable).toBe(false);
    expect((await CONTROLS[control](id)).json.not_yet_durable).toBe(true);
    expect((await get()).json.not_yet_durable).toBe(true);
  }
});

test('who controlled a backfill is told, and a repeat is not', async () => {
  const id = await bench.running(days(3));
  const facts: Fact[] = [];
  web.facts.subscribe((fact) => {
    if (fact.type !== 'audit.write') facts.push(fact);
  });
  for (const control of ['pause', 'pause', 'PATCH', 'resume', 'resume', 'cancel', 'cancel'] as const) {
    await CONTROLS[control](id);
  }
  const about = { backfill_id: id };
  expect(facts).toEqual([
    { type: 'backfill.paused', ...about, reason: 'Paused by anonymous.' },
    { type: 'backfill.adjusted', ...about, max_active_runs: null, priority: 7, by: 'anonymous' },
    { type: 'backfill.resumed', ...about, by: 'anonymous' },
    { type: 'backfill.cancelling', ...about, runs: 'cancel', by: 'anonymous' },
    { type: 'backfill.ended', ...about, state: 'cancelled' },
  ]);
});

test('the API description names every control with its body', async () => {
  const { json } = await web.get('/api/openapi.json');
  const paths = json.paths as Record<string, Record<string, unknown>>;
  expect(paths['/api/backfills/{id}']?.patch).toMatchObject({
    requestBody: {
      content: {
        'application/json': {
          schema: {
            additionalProperties: false,
            properties: { priority: { type: 'integer', minimum: 1, maximum: 1000 } },
          },
        },
      },
    },
  });
  expect(paths['/api/backfills/{id}/cancel']?.post).toMatchObject({
    requestBody: {
      content: { 'application/json': { schema: { properties: { runs: { enum: ['cancel', 'finish'] } } } } },
    },
  });
});
