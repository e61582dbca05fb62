import fc from 'fast-check';
import type { KeySpace } from '../../queues/key-space.ts';
import { daysOfDate, type PlannedDate } from '../../queues/plan/plan-text.ts';
import { decideRetry } from '../../queues/scripts/decide-retry.ts';
import { pauseBackfill, resumeBackfill } from '../../queues/scripts/pause-backfill.ts';
import { setLimit } from '../../queues/scripts/set-limit.ts';
import { days, type Held, JOB_ID, PlanBench } from './plan-bench.ts';

const DATES = 6;
const [first = '', second = '', third = '', , fifth = '', sixth = ''] = days(DATES);
const WINDOWS: readonly PlannedDate[] = [
  { positionDate: sixth, letter: 'p' },
  { positionDate: third, endDate: fifth, letter: 'p' },
  { positionDate: first, endDate: second, letter: 'p' },
];

type Step =
  | { kind: 'feed' | 'repair' | 'take' | 'pause' | 'resume' | 'decide' | 'unpace' }
  | { kind: 'limit'; limit: number }
  | { kind: 'cancel'; second: boolean; runs: 'cancel' | 'finish' }
  | { kind: 'adjust'; second: boolean; maxActiveRuns: number | null; priority: number }
  | { kind: 'run' | 'lose' | 'refuse' | 'probe' | 'withdraw'; which: number }
  | { kind: 'silence' }
  | { kind: 'end'; which: number; result: 'succeeded' | 'failed' | 'cancelled' };

const which = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Step>({ kind: 'feed' }, { kind: 'take' }, { kind: 'take' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'repair' }, { kind: 'pause' }, { kind: 'unpace' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'resume' }, { kind: 'decide' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit' as const), limit: fc.nat({ max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('adjust' as const),
          second: fc.boolean(),
          maxActiveRuns: fc.constantFrom(null, 1, 2),
          priority: fc.constantFrom(1, 100),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('cancel' as const),
          second: fc.boolean(),
          runs: fc.constantFrom('cancel' as const, 'finish' as const),
        }),
      },
    ),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('run' as const, 'lose' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('refuse' as const, 'probe' as const, 'probe' as const, 'withdraw' as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'silence' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which,
      result: fc.constantFrom('succeeded' as const, 'failed' as const, 'cancelled' as const),
    }),
  },
);

const refusals = (keys: KeySpace) => `${keys.target(JOB_ID)}:refusals`;
const probing = (keys: KeySpace) => `${keys.target(JOB_ID)}:probing`;
const asking = (keys: KeySpace) => `${keys.target(JOB_ID)}:asking`;

/** Drives two backfills that share days, one in windows, through a random history, checking the invariants after each step. */
class History {
  readonly bench = new PlanBench();
  readonly held: Held[] = [];
  readonly startedRuns = new Set<string>();
  /** How the last attempt of a date ended, by backfill and date. */
  readonly results = new Map<string, string>();
  /** Backfills that were asked to cancel, though perhaps after their end. */
  readonly cancelled = new Set<string>();
  ids: string[] = [];
  limit = 3;
  runs = 0;

  async begin(): Promise<void> {
    this.ids = [
      await this.bench.running(days(DATES)),
      await this.bench.running([], { plan: WINDOWS, order: 'desc', reprocess: 'all', priority: 50 }),
    ];
  }

  async take(step: Step): Promise<void> {
    const { bench } = this;
    const { redis, keys } = bench;
    switch (step.kind) {
      case 'feed':
        return bench.dispatcher.feed(JOB_ID);
      case 'repair':
        await bench.dispatcher.repair(JOB_ID);
        return;
      case 'take':
        return this.takeJob();
      case 'unpace':
        // As anyone with access to BullMQ may do: the gate alone must keep the limit.
        await redis.hset(`${keys.prefix}:dates-${JOB_ID}:meta`, 'concurrency', 99);
        return;
      case 'pause':
        for (const id of this.ids) await pauseBackfill.run(redis, keys.prefix, { id, reason: 'test' });
        return;
      case 'resume':
        for (const id of this.ids) await resumeBackfill.run(redis, keys.prefix, { id });
        return;
      case 'decide':
        return this.decideAll();
      case 'cancel':
      case 'adjust':
        return this.control(step);
      case 'limit':
        this.limit = step.limit;
        await setLimit.run(redis, keys.prefix, { job_id: JOB_ID, max_concurrent_runs: step.limit });
        return;
      case 'run': {
        const held = this.held[step.which];
        this.runs += 1;
        if (held) await bench.run(held, String(this.runs));
        return;
      }
      case 'refuse': {
        // Submission 2 and up: a run was made and refused, and its row is open.
        const held = this.held[step.which];
        if (!held) return;
        const { backfill_id, position_date } = held.job.data;
        const record = await bench.plans.attempt(backfill_id, position_date);
        await held.gate.refuse({
          newSubmission: true,
          submission: record?.submission ?? 1,
          mayExist: false,
          reason: 'full',
          minDelayMs: 0,
          maxDelayMs: 4,
        });
        return;
      }
      case 'probe':
        return this.probe(this.held[step.which]);
      case 'silence':
        // As if every worker with a refused date had died a minute ago.
        for (const attempt of await redis.zrange(asking(keys), '0', '-1'))
          await redis.zadd(asking(keys), Date.now() - 60_000, attempt);
        return;
      case 'withdraw': {
        const held = this.held[step.which];
        if (!held) return;
        await held.gate.withdrawStart('not allowed');
        return this.giveBack(held);
      }
      case 'lose': {
        // As when a worker is killed: its lock is gone and the job goes back to wait.
        const [held] = this.held.splice(step.which, 1);
        if (held) await held.job.moveToWait(held.token);
        return;
      }
      case 'end': {
        const [held] = this.held.splice(step.which, 1);
        if (!held) return;
        const { backfill_id, position_date } = held.job.data;
        this.results.set(`${backfill_id}_${position_date}`, step.result);
        await bench.end(held, step.result, step.result === 'failed' ? 'platform' : null);
        return;
      }
    }
  }

  /** The date is pending again. No run was made, so the same attempt may start again. */
  async giveBack(held: Held): Promise<void> {
    this.held.splice(this.held.indexOf(held), 1);
    this.startedRuns.delete(held.job.id ?? '');
    await held.job.moveToCompleted({ outcome: 'withdrawn' }, held.token, false);
    await held.job.remove();
  }

  /** The attempt posts again if it is its turn, and its run is taken. */
  async probe(held: Held | undefined): Promise<void> {
    if (!held) return;
    const { backfill_id, position_date } = held.job.data;
    const record = await this.bench.plans.attempt(backfill_id, position_date);
    if (!record?.refused) return;
    if (!record.probing) {
      const turn = await held.gate.probeDelayMs();
      if (turn === 'withdrawn') return this.giveBack(held);
      if (turn === 'cancelled') {
        this.held.splice(this.held.indexOf(held), 1);
        await this.bench.end(held, 'cancelled');
        return;
      }
      if (turn > 0) return;
      const { redis, keys } = this.bench;
      const waiting = (await redis.zcard(refusals(keys))) - (await redis.scard(probing(keys)));
      // Those that wait hold slots without runs; with the run that is taken now, no more live than the limit.
      expect((await redis.scard(keys.live(JOB_ID))) - waiting).toBeLessThanOrEqual(this.limit);
    }
    this.runs += 1;
    await this.bench.run(held, String(this.runs));
    await held.gate.acceptProbe();
  }

  async control(step: Step & { kind: 'cancel' | 'adjust' }): Promise<void> {
    const id = this.ids[step.second ? 1 : 0] ?? '';
    const call =
      step.kind === 'cancel'
        ? this.bench.control.cancel(id, step.runs)
        : this.bench.control.adjust(id, { maxActiveRuns: step.maxActiveRuns, priority: step.priority });
    await call.catch((error) => expect(error).toMatchObject({ code: 'already_finished' }));
    if (step.kind === 'cancel') this.cancelled.add(id);
  }

  async takeJob(): Promise<void> {
    const held = await this.bench.take();
    if (!held) return;
    const liveBefore = await this.bench.redis.scard(this.bench.keys.live(JOB_ID));
    const answer = await held.gate.pass();
    if (answer.outcome === 'started') {
      expect(liveBefore).toBeLessThan(this.limit);
      expect(this.startedRuns).not.toContain(held.job.id);
      this.startedRuns.add(held.job.id ?? '');
    }
    if (answer.outcome === 'started' || answer.outcome === 'reattached') this.held.push(held);
    else if (answer.outcome === 'full') await held.job.moveToWait(held.token);
    else {
      await held.job.moveToCompleted({ outcome: answer.outcome }, held.token, false);
      await held.job.remove();
    }
  }

  async decideAll(): Promise<void> {
    for (const id of this.ids) {
      for (const date of await this.bench.plans.dates(id)) {
        if (date.attempt === 0) continue;
        await decideRetry.run(this.bench.redis, this.bench.keys.prefix, {
          job_id: JOB_ID,
          backfill_id: id,
          position_date: date.position_date,
          attempt: date.attempt,
          retry_delay_ms: date.attempt < 3 ? 0 : null,
          reason: 'test',
        });
      }
    }
  }

  async check(): Promise<void> {
    const { redis, keys } = this.bench;
    const claims = await redis.hgetall(keys.claims(JOB_ID));
    const live = await redis.smembers(keys.live(JOB_ID));
    const liveLetters: string[] = [];
    for (const id of this.ids) {
      const plan = await this.bench.plans.plan(id);
      const counts: Record<string, number> = {};
      for (const date of plan) {
        const { positionDate, letter } = date;
        counts[letter] = (counts[letter] ?? 0) + 1;
        if ('qgrdw'.includes(letter)) for (const day of daysOfDate(date)) expect(claims[day]).toBe(id);
        if ('gr'.includes(letter)) liveLetters.push(`${id}_${positionDate}`);
      }
      const stored = Object.entries(await redis.hgetall(keys.counts(id))).filter(([, n]) => n !== '0');
      expect(Object.fromEntries(stored.map(([letter, n]) => [letter, Number(n)]))).toEqual(counts);
      const dates = await this.bench.plans.dates(id);
      for (const { position_date, state } of dates) {
        const result = this.results.get(`${id}_${position_date}`);
        if (state === 'succeeded' && result !== undefined) expect(result).toBe('succeeded');
        if (state === 'failed') expect(result).toBe('failed');
        if (state === 'cancelled' && !this.cancelled.has(id)) expect(result).toBe('cancelled');
      }
      const open = plan.some(({ letter }) => 'pdwqgr'.includes(letter));
      const { state } = await this.bench.plans.view(id);
      expect(state.startsWith('completed') || state === 'cancelled').toBe(!open);
      if (state === 'cancelling' || state === 'cancelled')
        expect(plan.some(({ letter }) => 'pwq'.includes(letter))).toBe(false);
    }
    expect(live.map((attempt) => attempt.replace(/_\d+$/, '')).sort()).toEqual(liveLetters.sort());
  }

  /** Whatever happened, plain work from here on must end every date. */
  async finish(): Promise<void> {
    this.limit = 3;
    await this.take({ kind: 'limit', limit: 3 });
    for (let round = 0; round < 200; round += 1) {
      await this.take({ kind: 'resume' });
      await this.take({ kind: 'repair' });
      await this.take({ kind: 'decide' });
      await this.take({ kind: 'feed' });
      await this.take({ kind: 'take' });
      if (this.held.length > 0) {
        await this.take({ kind: 'run', which: 0 });
        await this.take({ kind: 'end', which: 0, result: 'succeeded' });
      }
      const views = await Promise.all(this.ids.map((id) => this.bench.plans.view(id)));
      if (views.every(({ finished_at }) => finished_at !== null)) {
        // What ended holds nothing that others would wait for.
        const { redis, keys } = this.bench;
        expect([await redis.hlen(keys.claims(JOB_ID)), await redis.scard(keys.live(JOB_ID))]).toEqual([0, 0]);
        return;
      }
    }
    throw new Error('Dates were lost: the backfills did not end.');
  }
}

test('whatever happens in whatever order, the limit holds, claims are single and every date ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 70, size: 'max' }), async (steps) => {
      const history = new History();
      try {
        await history.begin();
        for (const next of steps) {
          await history.take(next);
          await history.check();
        }
        await history.finish();
        await history.check();
      } finally {
        await history.bench.close();
      }
    }),
    { numRuns: 30 },
  );
});
