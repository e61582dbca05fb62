import type { BuiltService } from './built-service.ts';
import { dayRange } from './date-range.ts';
import { EventClients } from './event-clients.ts';
import { type Figure, figure } from './figure.ts';
import { type BenchStack, withStack } from './stack.ts';
import type { BenchRun } from './suite.ts';
import { timedBackfill } from './timed-backfill.ts';

const SUITE = 'memory';
/** No run ends before we are done. */
const RUN_SECONDS = 3_600;
/** A job of Databricks takes at most 1,000 runs at a time. */
const LIVE_JOBS = [
  { name: 'memory_1', limit: 1_000 },
  { name: 'memory_2', limit: 1_000 },
];
/** One of its own: its runs take no time, and runs of a job that usually take none are overdue as long as they live. */
const WARM_UP_JOB = { name: 'memory_warm_up', limit: 1_000 };
export const MEMORY_JOBS = [...LIVE_JOBS, WARM_UP_JOB];
const FULL = { warmUp: 500, runs: [100, 500, 2_000], clients: 1_000, followed: 500, watchSeconds: 10 };
const SHORT = { warmUp: 2, runs: [4, 8], clients: 10, followed: 4, watchSeconds: 0.5 };
type Size = typeof FULL;

/** Memory that a worker holds resident the more runs it watches, and the web process the more clients it has. */
export async function measureMemory(run: BenchRun): Promise<Figure[]> {
  const { signal, short } = run;
  const size = short ? SHORT : FULL;
  return withStack({ jobs: MEMORY_JOBS, workers: 1 }, run, async (stack) => {
    // What a worker loads and compiles with its first dates is no matter of the runs that live later.
    await stack.emulator.setRunSeconds(0);
    await timedBackfill(stack, { job: WARM_UP_JOB.name, ...dayRange(size.warmUp, 6_000) }, signal);
    await stack.emulator.setRunSeconds(RUN_SECONDS);
    const figures = await measureWorker(stack, stack.fleet.oldestWorker, size, signal);
    return [...figures, ...(await measureWeb(stack, stack.fleet.web, size, signal))];
  });
}

async function measureWorker(
  stack: BenchStack,
  worker: BuiltService,
  { runs, watchSeconds }: Size,
  signal: AbortSignal,
): Promise<Figure[]> {
  const idleKb = await worker.residentKb(watchSeconds, signal);
  const figures = [figure(SUITE, 'worker, idle after its first dates', [idleKb / 1_000, 'MB'])];
  let live = 0;
  for (const count of runs) {
    await addRuns(stack, live, count, signal);
    live = count;
    const kb = await worker.residentKb(watchSeconds, signal);
    figures.push(
      figure(SUITE, `worker, ${count} live runs`, [kb / 1_000, 'MB'], {
        reference: { name: 'idle', value: idleKb / 1_000 },
      }),
      figure(SUITE, `worker, ${count} live runs: above idle`, [(kb - idleKb) / count, 'kB a run'], {
        target: { of: 'ours', most: 40 },
      }),
    );
  }
  return figures;
}

/** Half of them on each job, since one takes no more than half of the most. */
async function addRuns(stack: BenchStack, live: number, wanted: number, signal: AbortSignal): Promise<void> {
  const each = (wanted - live) / LIVE_JOBS.length;
  const range = dayRange(each, live / LIVE_JOBS.length);
  const started = await Promise.all(LIVE_JOBS.map(({ name }) => stack.create({ job: name, ...range })));
  for (const { id } of started) await stack.until(id, ({ counts }) => counts.running === each, signal);
}

async function measureWeb(
  stack: BenchStack,
  web: BuiltService,
  { clients, followed, watchSeconds }: Size,
  signal: AbortSignal,
): Promise<Figure[]> {
  const { id } = await stack.create({ job: 'memory_1', ...dayRange(followed, 5_000) });
  const idleMb = (await web.residentKb(watchSeconds, signal)) / 1_000;
  const opened = await EventClients.open(`${stack.web.url}/api/backfills/${id}/events`, clients, signal);
  try {
    const mb = (await web.residentKb(watchSeconds, signal)) / 1_000;
    return [
      figure(SUITE, `web, ${clients} clients on the event stream`, [mb, 'MB'], {
        reference: { name: 'none', value: idleMb },
      }),
      figure(SUITE, `web, ${clients} clients: above none`, [
        ((mb - idleMb) / clients) * 1_000,
        'kB a client',
      ]),
    ];
  } finally {
    opened.close();
  }
}
