import { BareBullMq } from './bare-bullmq.ts';
import type { BenchJob } from './bench-job.ts';
import { dayRange } from './date-range.ts';
import { type Figure, figure } from './figure.ts';
import { type BenchStack, withStack } from './stack.ts';
import { median } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'dispatch';
/** A bare no-op is so fast that it needs many more jobs to be measured. */
const NOOPS_PER_DATE = 10;
/** V8 needs some thousand dates until it has compiled what a worker does all day; the first times do not count. */
const FULL = [
  { limit: 20, dates: 1_000, warmUps: 2, times: 5 },
  { limit: 100, dates: 2_000, warmUps: 2, times: 5 },
];
const SHORT = [{ limit: 4, dates: 8, warmUps: 0, times: 1 }];
type Size = (typeof FULL)[number];
const OWN = 'dispatch_own';
const BARE = 'dispatch_bare';

export const DISPATCH_SHORT_JOBS = SHORT.flatMap(jobsOf);

/** Dates a second when runs take no time, on one worker, beside bare BullMQ that makes the same two calls. */
export async function measureDispatch(run: BenchRun): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of run.short ? SHORT : FULL) figures.push(...(await measureLimit(size, run)));
  return figures;
}

async function measureLimit(size: Size, run: BenchRun): Promise<Figure[]> {
  const { signal } = run;
  const { limit, dates, warmUps, times } = size;
  return withStack({ jobs: jobsOf(size), workers: 1 }, run, async (stack) => {
    await stack.emulator.setRunSeconds(0);
    const bare = { concurrency: limit, batch: dates };
    const calling = { ...bare, queue: 'calls', jobId: stack.jobId(BARE) };
    const idling = { ...bare, queue: 'nothing', jobId: null, batch: dates * NOOPS_PER_DATE };
    const calls = await BareBullMq.start(stack, calling, signal);
    const nothing = await BareBullMq.start(stack, idling, signal);
    const rates: { own: number[]; calls: number[]; nothing: number[] } = { own: [], calls: [], nothing: [] };
    // In turns, so that what else the machine does meets all of them.
    for (let time = 0; time < warmUps + times; time += 1) {
      rates.own.push(await ownRate(stack, { job: OWN, dates, skipped: time * dates }, signal));
      await stack.emulator.forget();
      rates.calls.push((dates / (await calls.runBatch())) * 1_000);
      await stack.emulator.forget();
      rates.nothing.push((idling.batch / (await nothing.runBatch())) * 1_000);
    }
    const name = `limit ${limit}`;
    const warmMedian = (all: readonly number[]) => median(all.slice(warmUps));
    const own = [warmMedian(rates.own), 'dates/s'] as const;
    return [
      figure(SUITE, name, own, {
        reference: { name: 'bare BullMQ, same calls', value: warmMedian(rates.calls) },
        target: { of: 'ratio', least: 0.6 },
      }),
      figure(SUITE, name, own, {
        reference: { name: 'bare BullMQ no-op', value: warmMedian(rates.nothing) },
      }),
    ];
  });
}

function jobsOf({ limit }: Size): BenchJob[] {
  return [OWN, BARE].map((name) => ({ name, limit }));
}

/** Dates a second from the request to the last recorded outcome. */
export async function ownRate(
  stack: BenchStack,
  { job, dates, skipped }: { job: string; dates: number; skipped: number },
  signal: AbortSignal,
): Promise<number> {
  const { wallMs } = await timedBackfill(stack, { job, ...dayRange(dates, skipped) }, signal);
  return (dates / wallMs) * 1_000;
}
