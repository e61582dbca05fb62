import type { BenchJob } from './bench-job.ts';
import { databricksQueue } from './databricks-queue.ts';
import { dayRange, daysOf } from './date-range.ts';
import { type Figure, figure } from './figure.ts';
import { jobsRequests, runsOf, slotDelaysMs } from './ledger.ts';
import { missionLoop } from './mission-loop.ts';
import { ReferenceClient } from './reference-client.ts';
import { MISSION_LOOK_SECONDS } from './slot-pace.ts';
import { BenchStack, withStack } from './stack.ts';
import { median } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'api-load';
const SPREAD = 0.2;
const FULL = {
  seconds: 60,
  limit: 20,
  // Ten runs a slot: the first ones, whose length nobody knows yet, cost more than the rest.
  dates: 200,
  fleets: [
    usual(1),
    { workers: 1, watchPercent: 1.35, mostRequests: 4.5, mostSeconds: 0.5 },
    usual(4),
    usual(16),
  ],
  lookSeconds: MISSION_LOOK_SECONDS,
};
/**
 * The loop looks far more often than the mission's, so as not to be what the short form waits for. One fleet: a
 * second worker would cost more than the rest of the suite, and the suite scale-out has one.
 */
const SHORT = { seconds: 0.2, limit: 2, dates: 6, fleets: [usual(1)], lookSeconds: 0.2 };
type Size = typeof FULL;
const OWN = 'load_own';
const LOOP = 'load_loop';
const QUEUE = 'load_queue';

export const API_LOAD_SHORT_JOBS = jobsOf(SHORT);

interface LoadFleet {
  readonly workers: number;
  /** How closely runs are watched; null for the default. */
  readonly watchPercent: number | null;
  readonly mostRequests: number;
  readonly mostSeconds: number;
}

function usual(workers: number): LoadFleet {
  return { workers, watchPercent: null, mostRequests: 2.5, mostSeconds: 1.5 };
}

interface Load {
  readonly fleet: LoadFleet;
  readonly requestsPerDate: number;
  /** From a run's end to the run-now that takes its slot. */
  readonly delaySeconds: number;
}

/**
 * What a date costs the workspace in requests, the look at the job for the request itself included, and how
 * soon an end is followed by the next start.
 */
export async function measureApiLoad(run: BenchRun): Promise<Figure[]> {
  const size = run.short ? SHORT : FULL;
  const { references, fleets } = await (run.short ? measureInTurns(size, run) : measureAtOnce(size, run));
  return fleets.flatMap((load) => figuresOf(size, load, fleets[0] ?? load, references));
}

/**
 * Every fleet has a stack of its own and keeps to the default budget. Runs this long leave the machine idle, so
 * the fleets of one worker and the references are measured at the same time; twenty workers beside them would
 * not leave it idle, so they come afterwards.
 */
async function measureAtOnce(size: Size, run: BenchRun) {
  const single = size.fleets.filter(({ workers }) => workers === 1);
  const larger = size.fleets.filter(({ workers }) => workers > 1);
  const beside = await openStack(size, run, usual(0));
  const [references, ...fleets] = await measureTogether(size, run, single, () =>
    referenceLoads(beside, size, run.signal),
  ).finally(() => beside.stop());
  const [, ...others] = await measureTogether(size, run, larger, async () => null);
  return { references, fleets: [...fleets, ...others] };
}

/** Fleets, each on a stack of its own, and what is measured beside them. */
async function measureTogether<T>(
  size: Size,
  run: BenchRun,
  fleets: readonly LoadFleet[],
  beside: () => Promise<T>,
): Promise<[T, ...Load[]]> {
  const opened: { fleet: LoadFleet; stack: BenchStack }[] = [];
  try {
    // One after the other: together they would start slower than a start may take.
    for (const fleet of fleets) opened.push({ fleet, stack: await openStack(size, run, fleet) });
    const loads = opened.map(({ fleet, stack }) => ownLoad(stack, size, fleet, run.signal));
    return await Promise.all([beside(), ...loads]);
  } finally {
    await Promise.all(opened.map(({ stack }) => stack.stop()));
  }
}

/** On one stack, the references before the fleets. */
function measureInTurns(size: Size, run: BenchRun) {
  const { signal } = run;
  const options = { jobs: jobsOf(size), workers: 1 };
  return withStack(options, run, async (stack) => {
    await stack.emulator.setRunSeconds(size.seconds, SPREAD);
    const references = await referenceLoads(stack, size, signal);
    const fleets: Load[] = [];
    for (const fleet of size.fleets) {
      await stack.fleet.resize(fleet.workers);
      await stack.emulator.forget();
      fleets.push(await ownLoad(stack, size, fleet, signal, fleets.length * size.dates));
    }
    return { references, fleets };
  });
}

function jobsOf({ limit }: Size): BenchJob[] {
  return [OWN, LOOP, QUEUE].map((name) => ({ name, limit }));
}

async function openStack(size: Size, run: BenchRun, { workers, watchPercent }: LoadFleet) {
  const env = watchPercent === null ? {} : { BACKFILL_WATCH_PERCENT: String(watchPercent) };
  const options = { jobs: jobsOf(size), workers, env, defaultBudget: true, web: workers > 0 };
  const stack = await BenchStack.start(options, run);
  try {
    await stack.emulator.setRunSeconds(size.seconds, SPREAD);
    await stack.emulator.forget();
    return stack;
  } catch (failure) {
    await stack.stop();
    throw failure;
  }
}

async function ownLoad(
  stack: BenchStack,
  { dates, limit }: Size,
  fleet: LoadFleet,
  signal: AbortSignal,
  skipped = 0,
): Promise<Load> {
  await timedBackfill(stack, { job: OWN, ...dayRange(dates, skipped) }, signal);
  const ledger = await stack.emulator.ledger();
  const requestsPerDate = jobsRequests(ledger) / dates;
  const delaySeconds = median(slotDelaysMs(runsOf(ledger, stack.jobId(OWN)), limit)) / 1_000;
  return { fleet, requestsPerDate, delaySeconds };
}

/** Both references share the idle emulator of a stack without workers; each counts what it asks itself. */
async function referenceLoads(stack: BenchStack, { dates, limit, lookSeconds }: Size, signal: AbortSignal) {
  const [loop, queue] = await Promise.all([
    ReferenceClient.open(stack.env, stack.cwd),
    ReferenceClient.open(stack.env, stack.cwd),
  ]);
  try {
    const work = (client: ReferenceClient, job: string) => {
      return { client, jobId: stack.jobId(job), dates: daysOf(dates), signal, lookSeconds };
    };
    await Promise.all([missionLoop(work(loop, LOOP), limit), databricksQueue(work(queue, QUEUE))]);
    const runs = runsOf(await stack.emulator.ledger(), stack.jobId(LOOP));
    const delaySeconds = median(slotDelaysMs(runs, limit)) / 1_000;
    return {
      loop: { requestsPerDate: loop.requests / dates, delaySeconds },
      queue: { requestsPerDate: queue.requests / dates },
    };
  } finally {
    await Promise.all([loop.close(), queue.close()]);
  }
}

function figuresOf(
  size: Size,
  load: Load,
  single: Load,
  { loop, queue }: Awaited<ReturnType<typeof referenceLoads>>,
): Figure[] {
  const { workers, watchPercent, mostRequests, mostSeconds } = load.fleet;
  const name = [
    `runs of ${size.seconds} s, limit ${size.limit}`,
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    ...(watchPercent === null ? [] : [`watch_percent ${watchPercent}`]),
  ].join(', ');
  const requests = (value: number) => [value, 'requests a date'] as const;
  const besideLoop = { name: "the mission's loop", value: loop.requestsPerDate };
  const besideQueue = { name: "Databricks' queue", value: queue.requestsPerDate };
  const besideSingle = { name: '1 worker', value: single.requestsPerDate };
  return [
    figure(SUITE, name, requests(load.requestsPerDate), {
      reference: besideLoop,
      target: { of: 'ours', most: mostRequests },
    }),
    figure(SUITE, name, requests(load.requestsPerDate), { reference: besideQueue }),
    figure(SUITE, `${name}: an end to the next start`, [load.delaySeconds, 's'], {
      reference: { name: "the mission's loop", value: loop.delaySeconds },
      target: { of: 'ours', most: mostSeconds },
    }),
    ...(workers === 1
      ? []
      : [
          figure(SUITE, name, requests(load.requestsPerDate), {
            reference: besideSingle,
            target: { of: 'ratio', most: 1.2 },
          }),
        ]),
  ];
}
