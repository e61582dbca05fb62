import { databricksQueue } from './databricks-queue.ts';
import { dayRange, daysOf } from './date-range.ts';
import { type Figure, figure, type Target } from './figure.ts';
import { jobsRequests, runsOf, slotDelaysMs } from './ledger.ts';
import { missionLoop } from './mission-loop.ts';
import { ReferenceClient } from './reference-client.ts';
import { MISSION_LOOK_SECONDS } from './slot-pace.ts';
import { BenchStack } from './stack.ts';
import { median } from './statistics.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'api-load';
const SPREAD = 0.2;
const FULL = { seconds: 60, limit: 20, dates: 60, fleets: [1, 4, 16], lookSeconds: MISSION_LOOK_SECONDS };
const SHORT = { seconds: 1, limit: 4, dates: 8, fleets: [1, 2], lookSeconds: 1 };
type Size = typeof FULL;

interface Load {
  readonly requestsPerDate: number;
  /** From a run's end to the run-now that takes its slot. */
  readonly delaySeconds: number;
}

/**
 * What a date costs the workspace in requests, the look at the job for the request itself included, and how
 * soon an end is followed by the next start. Every fleet has a stack of its own and keeps to the default budget;
 * runs this long leave the machine idle, so all are measured at the same time.
 */
export async function measureApiLoad(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const size = short ? SHORT : FULL;
  const stacks: BenchStack[] = [];
  try {
    // One after the other: together they would start slower than a start may take.
    for (const workers of size.fleets) stacks.push(await openStack(size, run, workers));
    const beside = await openStack(size, run, 0);
    stacks.push(beside);
    const [references, ...fleets] = await Promise.all([
      referenceLoads(beside, size, signal),
      ...stacks.slice(0, -1).map((stack) => ownLoad(stack, size, signal)),
    ]);
    return fleets.flatMap((load, index) => figuresOf(size, load, index, fleets[0] ?? load, references));
  } finally {
    await Promise.all(stacks.map((stack) => stack.stop()));
  }
}

async function openStack({ limit, seconds }: Size, run: BenchRun, workers: number) {
  const jobs = ['own', 'loop', 'queue'].map((name) => ({ name, limit }));
  const options = { jobs, workers, defaultBudget: true, web: workers > 0 };
  const stack = await BenchStack.start(options, run);
  try {
    await stack.emulator.setRunSeconds(seconds, SPREAD);
    await stack.emulator.forget();
    return stack;
  } catch (failure) {
    await stack.stop();
    throw failure;
  }
}

async function ownLoad(stack: BenchStack, { dates, limit }: Size, signal: AbortSignal): Promise<Load> {
  await timedBackfill(stack, { job: 'own', ...dayRange(dates) }, signal);
  const ledger = await stack.emulator.ledger();
  const requestsPerDate = jobsRequests(ledger) / dates;
  const delaySeconds = median(slotDelaysMs(runsOf(ledger, stack.jobId('own')), limit)) / 1_000;
  return { requestsPerDate, delaySeconds };
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
    await Promise.all([missionLoop(work(loop, 'loop'), limit), databricksQueue(work(queue, 'queue'))]);
    const runs = runsOf(await stack.emulator.ledger(), stack.jobId('loop'));
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
  index: number,
  single: Load,
  { loop, queue }: Awaited<ReturnType<typeof referenceLoads>>,
): Figure[] {
  const workers = size.fleets[index] ?? 0;
  const name = `runs of ${size.seconds} s, limit ${size.limit}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  const requests = (value: number) => [value, 'requests a date'] as const;
  const besideLoop = { name: "the mission's loop", value: loop.requestsPerDate };
  const besideQueue = { name: "Databricks' queue", value: queue.requestsPerDate };
  const besideSingle = { name: '1 worker', value: single.requestsPerDate };
  return [
    figure(SUITE, name, requests(load.requestsPerDate), {
      reference: besideLoop,
      target: requestTarget(load.delaySeconds),
    }),
    figure(SUITE, name, requests(load.requestsPerDate), { reference: besideQueue }),
    figure(SUITE, `${name}: an end to the next start`, [load.delaySeconds, 's'], {
      reference: { name: "the mission's loop", value: loop.delaySeconds },
      target: { of: 'ours', most: 1.5 },
    }),
    ...(index === 0
      ? []
      : [
          figure(SUITE, name, requests(load.requestsPerDate), {
            reference: besideSingle,
            target: { of: 'ratio', most: 1.2 },
          }),
        ]),
  ];
}

/** Who looks often enough to go on within half a second may ask more. */
function requestTarget(delaySeconds: number): Target {
  return { of: 'ours', most: delaySeconds <= 0.5 ? 4.5 : 2.5 };
}
