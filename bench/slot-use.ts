import type { BenchJob } from './bench-job.ts';
import { databricksQueue } from './databricks-queue.ts';
import { dayRange, daysOf } from './date-range.ts';
import { type Figure, figure, type Target } from './figure.ts';
import { idealMs } from './ideal.ts';
import { runsOf } from './ledger.ts';
import { missionLoop } from './mission-loop.ts';
import { ReferenceClient } from './reference-client.ts';
import { type SlotPace, slotPaces } from './slot-pace.ts';
import { type BenchStack, withStack } from './stack.ts';
import { median, sum } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'slot-use';
/** Run times differ by up to that share of the usual one. */
const SPREAD = 0.2;

/** Wall time beside what the same run times need at least on as many slots. */
export interface SlotUse {
  readonly wallMs: number;
  readonly idealMs: number;
  /** Run times / slots, which no schedule of whole runs reaches: at the end slots have nothing left. */
  readonly evenMs: number;
}

export const SLOT_USE_SHORT_JOBS = slotPaces(true).flatMap(jobsOf);

/** For each length of run and each limit: how well we, the mission's loop and Databricks' queue fill the slots. */
export async function measureSlotUse(run: BenchRun): Promise<Figure[]> {
  const figures: Figure[] = [];
  const coldMs: number[] = [];
  for (const pace of slotPaces(run.short)) {
    const measured = await measurePace(pace, run);
    figures.push(...measured.figures);
    coldMs.push(...measured.coldMs);
  }
  const cold = 'POST to the first run of a job that was never backfilled';
  return [...figures, figure(SUITE, cold, [median(coldMs), 'ms'])];
}

async function measurePace(pace: SlotPace, run: BenchRun) {
  const { signal } = run;
  const { seconds, limits, waves, workers, together } = pace;
  return withStack({ jobs: jobsOf(pace), workers }, run, async (stack) => {
    const coldMs = await coldStartsMs(stack, limits, signal);
    await stack.emulator.setRunSeconds(seconds, SPREAD);
    await stack.emulator.forget();
    const own = new Map<number, SlotUse>();
    const measureOwn = async (limit: number) => {
      const work = { job: jobName('own', limit), slots: limit, dates: waves * limit, skipped: 1 };
      own.set(limit, await ownSlotUse(stack, work, signal));
    };
    if (together) await Promise.all(limits.map(measureOwn));
    else for (const limit of limits) await measureOwn(limit);
    const [loops, queues] = await Promise.all([
      referenceUses(stack, pace, 'loop', signal),
      referenceUses(stack, pace, 'queue', signal),
    ]);
    const figures = limits.flatMap((limit, index) => {
      const use = own.get(limit);
      const [loop, queue] = [loops[index], queues[index]];
      return use && loop && queue ? figuresOf(pace, limit, use, { loop, queue }) : [];
    });
    return { figures, coldMs };
  });
}

function jobsOf({ limits }: SlotPace): BenchJob[] {
  const kinds = ['own', 'loop', 'queue'] as const;
  return limits.flatMap((limit) => kinds.map((kind) => ({ name: jobName(kind, limit), limit })));
}

function jobName(kind: 'own' | 'loop' | 'queue', limit: number): string {
  return `slots_${kind}_${limit}`;
}

/** One date a job, with which the workers learn of it; what is measured after that finds them ready. */
async function coldStartsMs(stack: BenchStack, limits: readonly number[], signal: AbortSignal) {
  await stack.emulator.setRunSeconds(0);
  const coldMs: number[] = [];
  for (const limit of limits) {
    const job = jobName('own', limit);
    const { askedAtMs } = await timedBackfill(stack, { job, ...dayRange(1) }, signal);
    const [first] = runsOf(await stack.emulator.ledger(), stack.jobId(job));
    if (first) coldMs.push(first.askedMs - askedAtMs);
  }
  return coldMs;
}

function figuresOf(
  { seconds }: SlotPace,
  limit: number,
  use: SlotUse,
  { loop, queue }: { loop: SlotUse; queue: SlotUse },
): Figure[] {
  const name = `runs of ${seconds} s, limit ${limit}`;
  const ideal = { name: 'ideal', value: use.idealMs / 1_000 };
  const target = targetOf(seconds, limit);
  const times = [timesIdeal(use), 'x ideal'] as const;
  return [
    figure(SUITE, name, [use.wallMs / 1_000, 's'], { reference: ideal, target }),
    figure(SUITE, name, times, { reference: { name: "the mission's loop", value: timesIdeal(loop) } }),
    figure(SUITE, name, times, { reference: { name: "Databricks' queue", value: timesIdeal(queue) } }),
    figure(SUITE, `${name}: to the even share`, [use.wallMs / 1_000, 's'], {
      reference: { name: 'run times / limit', value: use.evenMs / 1_000 },
    }),
  ];
}

function targetOf(seconds: number, limit: number): Target | null {
  if (seconds >= 10) return { of: 'ratio', most: 1.03 };
  if (seconds === 2 && limit === 20) return { of: 'ratio', most: 1.05 };
  return seconds === 0.5 ? { of: 'ratio', most: 1.25 } : null;
}

function timesIdeal(use: SlotUse): number {
  return use.wallMs / use.idealMs;
}

/** From the request to the last recorded outcome. */
export async function ownSlotUse(
  stack: BenchStack,
  { job, slots, dates, skipped = 0 }: { job: string; slots: number; dates: number; skipped?: number },
  signal: AbortSignal,
): Promise<SlotUse> {
  const { wallMs } = await timedBackfill(stack, { job, ...dayRange(dates, skipped) }, signal);
  const runs = runsOf(await stack.emulator.ledger(), stack.jobId(job));
  return slotUse(
    wallMs,
    runs.map(({ askedMs, endedMs }) => endedMs - askedMs),
    slots,
  );
}

/** From the first call to the end of the last run, however late the reference learns of that. */
async function referenceUses(
  stack: BenchStack,
  { limits, referenceWaves, lookSeconds }: SlotPace,
  kind: 'loop' | 'queue',
  signal: AbortSignal,
): Promise<SlotUse[]> {
  const client = await ReferenceClient.open(stack.env, stack.cwd);
  try {
    const uses = limits.map(async (limit) => {
      const jobId = stack.jobId(jobName(kind, limit));
      const work = { client, jobId, dates: daysOf(referenceWaves * limit), signal, lookSeconds };
      const startedMs = Date.now();
      await (kind === 'loop' ? missionLoop(work, limit) : databricksQueue(work));
      const runs = (await client.listRuns(jobId)).toSorted((a, b) => a.startTimeMs - b.startTimeMs);
      const wallMs = Math.max(...runs.map(({ endTimeMs }) => endTimeMs ?? 0)) - startedMs;
      const runMs = runs.map(({ startTimeMs, endTimeMs }) => (endTimeMs ?? startTimeMs) - startTimeMs);
      return slotUse(wallMs, runMs, limit);
    });
    return await Promise.all(uses);
  } finally {
    await client.close();
  }
}

function slotUse(wallMs: number, runMs: readonly number[], slots: number): SlotUse {
  return { wallMs, idealMs: idealMs(runMs, slots), evenMs: sum(runMs) / slots };
}
