import { setTimeout as pause } from 'node:timers/promises';
import type { RequestBudget } from '../../src/databricks/request-budget.ts';
import { failureOf } from './failure-of.ts';
import { ScriptedClients } from './scripted-client.ts';

const RUN_NOW = '/api/2.2/jobs/run-now';
const GET_RUN = '/api/2.2/jobs/runs/get';
const good = { body: { run_id: 7, job_id: 5, status: { state: 'RUNNING' } } };

let clients: ScriptedClients;
let told: unknown[];

beforeEach(async () => {
  clients = await ScriptedClients.start();
  told = [];
});
afterEach(() => clients.close());

/** Lets each request wait so long, and notes what it is told. */
function budget(waitMs = 0): RequestBudget {
  return {
    take: async ({ urgent, signal }) => {
      told.push(urgent ? 'urgent' : 'look');
      await pause(waitMs, undefined, signal && { signal });
    },
    answered: () => void told.push('answered'),
    throttled: (retryAfterMs) => void told.push(retryAfterMs),
  };
}

test('the wait for the budget counts neither against the time of a request nor against that of its retries', async () => {
  clients.workspace.answer(GET_RUN, { status: 503, body: {} }, good);
  const client = clients.connect({
    jobsBudget: budget(2_100),
    requestTimeoutMs: 2_000,
    retryWindowMs: 2_000,
  });
  expect((await client.jobs.getRun('7')).runId).toBe('7');
});

test('the budget hears whether a request changes something, of each try, and of a 429 how long to wait', async () => {
  clients.workspace.answer(RUN_NOW, { status: 429, headers: { 'retry-after': '7' }, body: {} }, good);
  const client = clients.connect({ jobsBudget: budget(), retryWindowMs: 0 });
  await failureOf(client.jobs.runNow({ jobId: '5', idempotencyToken: 't' }));
  await client.jobs.runNow({ jobId: '5', idempotencyToken: 't' });
  clients.workspace.answer(GET_RUN, good);
  await client.jobs.getRun('7');
  expect(told).toEqual(['urgent', 7_000, 'urgent', 'answered', 'look', 'answered']);
});

test('a caller that gives up does not wait for the budget, and nothing is sent', async () => {
  const client = clients.connect({ jobsBudget: budget(60_000) });
  const giveUp = new AbortController();
  const asked = client.jobs.getRun('7', { signal: giveUp.signal });
  giveUp.abort(new Error('handed over'));
  await expect(asked).rejects.toThrow();
  expect(clients.workspace.requests).toEqual([]);
});
