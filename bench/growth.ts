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
  fewest: 1_000,
  pending: [10_000, 100_000, 1_000_000],
  finished: 10_000,
  times: 5,
  quick: { job: 'growth_100', slots: 100, dates: 500 },
  paced: { job: 'growth_20', slots: 20, dates: 200, seconds: 0.5 },
};
const SHORT = {
  ...FULL,
  fewest: 10,
  pending: [20],
  finished: 5,
  times: 1,
  quick: { job: 'growth_100', slots: 100, dates: 4 },
  paced: { job: 'growth_20', slots: 20, dates: 4, seconds: 0.1 },
};
type Size = typeof FULL;
/** Where the days of the reference begin when it has no stack of its own. */
const SAME_STACK_FIRST_DAY = 1_000;

/** The pending ones are those of the suite enqueue. */
export const GROWTH_SHORT_JOBS = jobsOf(SHORT);

interface Cost {
  readonly msPerDate: number;
  readonly redisCpuMsPerDate: number;
  readonly timesIdeal: number;
  readonly requestsPerDate: number;
}

interface Batch {
  readonly dates: number;
  /** From the request to the last outcome, runs taking no time. */
  readonly wallMs: number;
  readonly cpuMs: number;
}

/**
 * The figures of slot use, API load and dispatch, on a stack in which more and more waits, in turns with one in
 * which little does: a machine is not as fast in one minute as in the next.
 */
export async function measureGrowth(run: BenchRun): Promise<Figure[]> {
  const size = run.short ? SHORT : FULL;
  const options = { jobs: [...jobsOf(size), ...PENDING_JOBS], workers: 1 };
  return withStack(options, run, (growing) =>
    run.shared !== null
      ? measureBeside(growing, growing, size, run)
      : withStack(options, run, (small) => measureBeside(growing, small, size, run)),
  );
}

async function measureBeside(
  growing: BenchStack,
  small: BenchStack,
  size: Size,
  { signal }: BenchRun,
): Promise<Figure[]> {
  const probe = new CostProbe(growing, size, signal);
  const reference = new CostProbe(small, size, signal, small === growing ? SAME_STACK_FIRST_DAY : 0);
  await addPending(small, size.fewest, signal);
  // What runs for the first time is slower.
  await measureInTurns(probe, reference, size);
  const figures: Figure[] = [];
  const compare = async (what: string) => {
    await untilQuiet(growing, signal);
    await untilQuiet(small, signal);
    const { cost, beside } = await measureInTurns(probe, reference, size);
    figures.push(...figuresOf(what, cost, { name: `${size.fewest} pending`, cost: beside }));
  };
  let before = 0;
  for (const pending of size.pending) {
    await addPending(growing, pending - before, signal);
    before = pending;
    await compare(`${pending} pending`);
  }
  await addFinished(growing, { job: size.quick.job, count: size.finished }, signal);
  await compare(`${before} pending, ${size.finished} finished backfills kept`);
  return figures;
}

/** Batch by batch, first one, then the other. */
async function measureInTurns(probe: CostProbe, reference: CostProbe, { times }: Size) {
  const batches: Batch[] = [];
  const referenceBatches: Batch[] = [];
  for (let time = 0; time < times; time += 1) {
    batches.push(await probe.measureBatch());
    referenceBatches.push(await reference.measureBatch());
  }
  return { cost: await probe.costOf(batches), beside: await reference.costOf(referenceBatches) };
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
  #used: number;

  constructor(stack: BenchStack, size: Size, signal: AbortSignal, firstDay = 0) {
    this.#stack = stack;
    this.#size = size;
    this.#signal = signal;
    this.#used = firstDay;
  }

  /** One backfill of runs that take no time. */
  async measureBatch(): Promise<Batch> {
    const { job, dates } = this.#size.quick;
    await this.#stack.emulator.setRunSeconds(0);
    await this.#stack.emulator.forget();
    const cpuBefore = await this.#redisCpuMs();
    const range = dayRange(dates, this.#take(dates));
    const { wallMs } = await timedBackfill(this.#stack, { job, ...range }, this.#signal);
    return { dates, wallMs, cpuMs: (await this.#redisCpuMs()) - cpuBefore };
  }

  /** What these batches cost, and one more backfill of runs that take a while. */
  async costOf(batches: readonly Batch[]): Promise<Cost> {
    return {
      msPerDate: median(batches.map(({ wallMs, dates }) => wallMs / dates)),
      redisCpuMsPerDate: median(batches.map(({ cpuMs, dates }) => cpuMs / dates)),
      ...(await this.#measurePaced()),
    };
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
