import type { BenchJob } from './bench-job.ts';
import { dayRange } from './date-range.ts';
import { type Figure, figure } from './figure.ts';
import { addFinished } from './finished-backfills.ts';
import { jobsRequests } from './ledger.ts';
import { addPending, PENDING_JOBS } from './pending-dates.ts';
import { untilQuiet } from './quiet.ts';
import { ownSlotUse } from './slot-use.ts';
import { type BenchStack, withStack } from './stack.ts';
import { median } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'growth';
const SPREAD = 0.2;
const FULL = {
  pending: [1_000, 10_000, 100_000, 1_000_000],
  finished: 10_000,
  times: 5,
  quick: { job: 'growth_100', slots: 100, dates: 500 },
  paced: { job: 'growth_20', slots: 20, dates: 200, seconds: 0.5 },
};
const SHORT = {
  ...FULL,
  pending: [10, 20],
  finished: 5,
  times: 1,
  quick: { job: 'growth_100', slots: 100, dates: 4 },
  paced: { job: 'growth_20', slots: 20, dates: 4, seconds: 0.1 },
};
type Size = typeof FULL;

/** The pending ones are those of the suite enqueue. */
export const GROWTH_SHORT_JOBS = jobsOf(SHORT);

interface Cost {
  /** From the request to the last outcome, runs taking no time. */
  readonly msPerDate: number;
  readonly redisCpuMsPerDate: number;
  readonly timesIdeal: number;
  readonly requestsPerDate: number;
}

/** The figures of slot use, API load and dispatch again and again, on a stack in which more and more waits. */
export async function measureGrowth(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const size = short ? SHORT : FULL;
  return withStack({ jobs: [...jobsOf(size), ...PENDING_JOBS], workers: 1 }, run, async (stack) => {
    const probe = new CostProbe(stack, size, signal);
    // What runs for the first time is slower.
    await probe.measure();
    const figures: Figure[] = [];
    let [before, smallest]: [number, Cost | null] = [0, null];
    for (const pending of size.pending) {
      await addPending(stack, pending - before, signal);
      await untilQuiet(stack, signal);
      before = pending;
      const cost = await probe.measure();
      smallest ??= cost;
      const beside = `${size.pending[0]} pending`;
      figures.push(...figuresOf(`${pending} pending`, cost, { name: beside, cost: smallest }));
    }
    const mostPending = await probe.measure();
    await addFinished(stack, { job: size.quick.job, count: size.finished }, signal);
    await untilQuiet(stack, signal);
    const kept = `${before} pending, ${size.finished} finished backfills kept`;
    const beside = { name: `${before} pending`, cost: mostPending };
    return [...figures, ...figuresOf(kept, await probe.measure(), beside)];
  });
}

function jobsOf({ quick, paced }: Size): BenchJob[] {
  return [quick, paced].map(({ job, slots }) => ({ name: job, limit: slots }));
}

function figuresOf(name: string, cost: Cost, beside: { name: string; cost: Cost }): Figure[] {
  const target = { of: 'ratio', most: 1.25 } as const;
  const line = (what: string, key: keyof Cost, unit: string) => {
    const reference = { name: beside.name, value: beside.cost[key] };
    return figure(SUITE, `${name}: ${what}`, [cost[key], unit], { reference, target });
  };
  return [
    line('dispatch', 'msPerDate', 'ms a date'),
    line('Redis CPU', 'redisCpuMsPerDate', 'ms a date'),
    line('slot use', 'timesIdeal', 'x ideal'),
    line('API load', 'requestsPerDate', 'requests a date'),
  ];
}

class CostProbe {
  readonly #stack: BenchStack;
  readonly #size: Size;
  readonly #signal: AbortSignal;
  /** Days that have been run: each backfill takes others, so that none finds its dates done. */
  #used = 0;

  constructor(stack: BenchStack, size: Size, signal: AbortSignal) {
    this.#stack = stack;
    this.#size = size;
    this.#signal = signal;
  }

  async measure(): Promise<Cost> {
    const walls: number[] = [];
    const cpus: number[] = [];
    await this.#stack.emulator.setRunSeconds(0);
    for (let time = 0; time < this.#size.times; time += 1) {
      const { wallMs, cpuMs } = await this.#measureQuick();
      walls.push(wallMs);
      cpus.push(cpuMs);
    }
    const { dates } = this.#size.quick;
    return {
      msPerDate: median(walls) / dates,
      redisCpuMsPerDate: median(cpus) / dates,
      ...(await this.#measurePaced()),
    };
  }

  async #measureQuick() {
    const { job, dates } = this.#size.quick;
    await this.#stack.emulator.forget();
    const cpuBefore = await this.#redisCpuMs();
    const range = dayRange(dates, this.#take(dates));
    const { wallMs } = await timedBackfill(this.#stack, { job, ...range }, this.#signal);
    return { wallMs, cpuMs: (await this.#redisCpuMs()) - cpuBefore };
  }

  async #measurePaced() {
    const { seconds, ...work } = this.#size.paced;
    const { emulator } = this.#stack;
    await emulator.setRunSeconds(seconds, SPREAD);
    await emulator.forget();
    const use = await ownSlotUse(this.#stack, { ...work, skipped: this.#take(work.dates) }, this.#signal);
    const requestsPerDate = jobsRequests(await emulator.ledger()) / work.dates;
    return { timesIdeal: use.wallMs / use.idealMs, requestsPerDate };
  }

  #take(dates: number): number {
    this.#used += dates;
    return this.#used - dates;
  }

  async #redisCpuMs(): Promise<number> {
    const info = await this.#stack.redis.info('cpu');
    const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
    return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1_000;
  }
}
