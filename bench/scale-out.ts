import type { BenchJob } from './bench-job.ts';
import { ownRate } from './dispatch.ts';
import { type Figure, figure } from './figure.ts';
import { runsOf } from './ledger.ts';
import { ownSlotUse, type SlotUse } from './slot-use.ts';
import { type BenchStack, withStack } from './stack.ts';
import { medianOf } from './statistics.ts';
import type { BenchRun } from './suite.ts';

const SUITE = 'scale-out';
const SPREAD = 0.2;
const FULL = {
  fleets: [1, 2, 4, 8],
  times: 5,
  replaced: 2,
  quick: { job: 'scale_100', slots: 100, dates: 1_000 },
  paced: { job: 'scale_20', slots: 20, dates: 240, seconds: 2 },
};
const SHORT = {
  fleets: [1, 2],
  times: 1,
  replaced: 1,
  quick: { job: 'scale_100', slots: 100, dates: 4 },
  // Long enough for workers to be replaced meanwhile.
  paced: { job: 'scale_4', slots: 4, dates: 12, seconds: 1 },
};
type Size = typeof FULL;

export const SCALE_OUT_SHORT_JOBS = jobsOf(SHORT);

/** Dates a second with more and more workers, and what it costs to replace all of them while dates run. */
export async function measureScaleOut(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const size = short ? SHORT : FULL;
  return withStack({ jobs: jobsOf(size), workers: 1 }, run, async (stack) => {
    const rates = await measureRates(stack, size, signal);
    await stack.fleet.resize(2);
    return [...rates, ...(await measureHandover(stack, size, signal))];
  });
}

function jobsOf({ quick, paced }: Size): BenchJob[] {
  return [quick, paced].map(({ job, slots }) => ({ name: job, limit: slots }));
}

async function measureRates(
  stack: BenchStack,
  { fleets, times, quick: { job, dates } }: Size,
  signal: AbortSignal,
): Promise<Figure[]> {
  await stack.emulator.setRunSeconds(0);
  const figures: Figure[] = [];
  let [skipped, single] = [0, Number.NaN];
  for (const workers of fleets) {
    await stack.fleet.resize(workers);
    const rate = await medianOf(times, async () => {
      await stack.emulator.forget();
      skipped += dates;
      return ownRate(stack, { job, dates, skipped }, signal);
    });
    if (workers === 1) single = rate;
    const reference = { name: '1 worker', value: single };
    const name = `dispatch with ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    figures.push(figure(SUITE, name, [rate, 'dates/s'], workers === 1 ? {} : { reference }));
  }
  return figures;
}

/** The same dates twice on two workers: left alone, and while they are replaced by new ones one by one. */
async function measureHandover(
  stack: BenchStack,
  { paced, replaced }: Size,
  signal: AbortSignal,
): Promise<Figure[]> {
  const { seconds, ...work } = paced;
  await stack.emulator.setRunSeconds(seconds, SPREAD);
  await stack.emulator.forget();
  const calm = await ownSlotUse(stack, work, signal);
  await stack.emulator.forget();
  const restart = replaceWorkers(stack, replaced);
  const [rolled] = await Promise.all([ownSlotUse(stack, { ...work, skipped: work.dates }, signal), restart]);
  const runs = runsOf(await stack.emulator.ledger(), stack.jobId(paced.job));
  const reference = { name: 'without', value: timesIdeal(calm) };
  const name = `rolling restart of ${replaced} ${replaced === 1 ? 'worker' : 'workers'}`;
  return [
    figure(SUITE, `${name}: slot use`, [timesIdeal(rolled), 'x ideal'], { reference }),
    figure(SUITE, `${name}: runs started a date`, [runs.length / work.dates, ''], {
      target: { of: 'ours', most: 1 },
    }),
  ];
}

async function replaceWorkers(stack: BenchStack, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    await stack.fleet.startWorkers(1);
    await stack.fleet.stopOldestWorker();
  }
}

function timesIdeal({ wallMs, idealMs }: SlotUse): number {
  return wallMs / idealMs;
}
