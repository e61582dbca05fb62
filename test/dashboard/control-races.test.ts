import fc from 'fast-check';
import { WebServer } from '../../dashboard/web-server.ts';
import { isFinished } from '../../queues/plan/backfill-record.ts';
import type { DateView } from '../../queues/plan/date-view.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { createLogger } from '../../src/facts/fact-log.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { Fleet } from '../workers/fleet.ts';
import { expectInvariants } from '../workers/invariants.ts';
import { logRows } from '../workers/log-table.ts';
import { sourceDays } from '../workers/source-days.ts';
import { type Reply, send } from './running-web.ts';

let workspace: TestWorkspace;
let fleet: Fleet;
let web: WebServer;

beforeAll(async () => {
  workspace = await startWorkspace();
});
beforeEach(async () => {
  fleet = await Fleet.open(workspace, { settings: { max_concurrent_runs: LIMIT } });
  const logger = createLogger('silent', 'web', false);
  web = new WebServer({ config: fleet.config, facts: new FactBus(), logger });
  await web.start();
});
afterEach(async () => {
  await web.stop();
  await fleet.close();
});
afterAll(() => workspace?.stop());

const LIMIT = 8;
const DATES = 40;
const STORMS = 2;

type Step = readonly [control: 'pause' | 'resume' | 'adjust' | 'cancel', body: object];

const PAUSE: fc.Arbitrary<Step> = fc.constant(['pause', {}]);
const RESUME: fc.Arbitrary<Step> = fc.constant(['resume', {}]);
const ADJUST: fc.Arbitrary<Step> = fc
  .record({
    max_active_runs: fc.option(fc.integer({ min: 1, max: 9 })),
    priority: fc.integer({ min: 1, max: 1000 }),
  })
  .map((body) => ['adjust', body]);
const CANCEL: fc.Arbitrary<Step> = fc.constantFrom('cancel', 'finish').map((runs) => ['cancel', { runs }]);

/** Rounds of controls; those of one round are asked for at the same time. */
function storm(...steps: fc.Arbitrary<Step>[]): fc.Arbitrary<Step[][]> {
  const round = fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 4 });
  return fc.array(round, { minLength: 12, maxLength: 20 });
}

function ask(id: string, [control, body]: Step): Promise<Reply> {
  const path = `/api/backfills/${id}${control === 'adjust' ? '' : `/${control}`}`;
  return send(`${web.url}${path}`, {
    method: control === 'adjust' ? 'PATCH' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** One round after the other, each once a date has ended since the last or nothing moves. */
async function weather(id: string, rounds: readonly (readonly Step[])[]): Promise<void> {
  let done = 0;
  for (const round of rounds) {
    await fleet.until('a date to end', async () => {
      const { state, counts } = await fleet.plans.view(id);
      const still = state === 'paused' && counts.running === 0;
      const ended = counts.succeeded + counts.cancelled;
      if (ended <= done && !still && !isFinished(state)) return false;
      done = ended;
      return true;
    });
    const replies = await Promise.all(round.map((step) => ask(id, step)));
    for (const { status, json } of replies) {
      if (status !== 200 && status !== 202) expect([status, json.code]).toEqual([409, 'already_finished']);
    }
  }
}

test('pauses, resumes and changes of limit and priority at random lose no date and run none twice', async () => {
  await fleet.worker();
  const ids: string[] = [];
  const rounds = storm(PAUSE, RESUME, RESUME, ADJUST);
  const survives = fc.asyncProperty(rounds, async (steps) => {
    const id = await fleet.backfill(sourceDays(DATES), { reprocess: 'all' });
    ids.push(id);
    await weather(id, steps);
    await ask(id, ['resume', {}]);
    await ask(id, ['adjust', { max_active_runs: null }]);
    expect(await fleet.ended(id)).toMatchObject({ state: 'completed', counts: { succeeded: DATES } });
    await expectInvariants(fleet, ids, { limit: LIMIT });
    expect(await fleet.runs()).toHaveLength(DATES * ids.length);
  });
  await fc.assert(survives, { numRuns: STORMS, endOnFailure: true });
});

test('a cancel among them ends every date once, and the log tells what the workspace saw', async () => {
  await fleet.worker();
  const rounds = storm(PAUSE, RESUME, RESUME, ADJUST, CANCEL);
  const survives = fc.asyncProperty(rounds, async (steps) => {
    const id = await fleet.backfill(sourceDays(DATES), { reprocess: 'all' });
    await weather(id, steps);
    await ask(id, ['cancel', { runs: 'cancel' }]);
    const { state, counts } = await fleet.ended(id);
    expect(counts.succeeded + counts.cancelled).toBe(DATES);
    expect(['cancelled', 'completed']).toContain(state);
    await expectConsistent(id);
  });
  await fc.assert(survives, { numRuns: STORMS, endOnFailure: true });
});

/** What expectInvariants checks, for plans in which attempts may end before they have a run. */
async function expectConsistent(id: string): Promise<void> {
  await fleet.logged();
  const dates = await fleet.plans.dates(id);
  const planned = new Set(dates.map(({ position_date }) => position_date));
  const ran = dates.filter(({ run_id }) => run_id !== null);
  const runs = (await fleet.runs()).filter(({ parameters }) => planned.has(parameters.position_date ?? ''));
  expect(runs.map(({ parameters, run_id }) => [parameters.position_date, run_id]).sort()).toEqual(
    ran.map(({ position_date, run_id }) => [position_date, run_id]).sort(),
  );
  expect(runs.filter(({ run_state }) => run_state !== 'TERMINATED')).toEqual([]);
  const rows = await logRows(workspace, id);
  expect(rows.map(({ run_id, status }) => [run_id, status]).sort()).toEqual(ran.map(expectedRow).sort());
  expect((await fleet.workspace.emulator.local.ledger()).max_active[fleet.jobId]).toBeLessThanOrEqual(LIMIT);
  expect(await fleet.redis.scard(fleet.keys.live(fleet.jobId))).toBe(0);
  expect(await fleet.redis.hlen(fleet.keys.claims(fleet.jobId))).toBe(0);
}

function expectedRow({ attempt_id, state }: DateView): [string | null, string] {
  return [attempt_id, state === 'succeeded' ? 'SUCCESS' : 'CANCELLED'];
}
