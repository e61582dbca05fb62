import { performance } from 'node:perf_hooks';
import type { BenchJob } from './bench-job.ts';
import { dayRange } from './date-range.ts';
import type { BenchStack } from './stack.ts';

/** Days of the longest range that a request may ask for: 20 years. */
export const MOST_DATES = 7_305;
const JOBS = 20;

/** Jobs that let no run start. */
export const PENDING_JOBS: readonly BenchJob[] = Array.from({ length: JOBS }, (_, index) => ({
  name: `pending_${index + 1}`,
  limit: 1,
  closed: true,
}));

export interface Filling {
  readonly dates: number;
  /** Of each answer. */
  readonly latenciesMs: readonly number[];
  /** From the first request until every plan was settled. */
  readonly storedMs: number;
}

/** Asks for that many dates that can not run, 20 years a request and over all pending jobs in turn. */
export async function addPending(stack: BenchStack, dates: number, signal: AbortSignal): Promise<Filling> {
  const startedMs = performance.now();
  const latenciesMs: number[] = [];
  const ids: string[] = [];
  for (let left = dates, turn = 0; left > 0; turn += 1) {
    signal.throwIfAborted();
    const { name: job } = PENDING_JOBS[turn % JOBS] ?? { name: '' };
    const count = Math.min(left, MOST_DATES);
    const askedMs = performance.now();
    const { id } = await stack.create({ job, ...dayRange(count) });
    latenciesMs.push(performance.now() - askedMs);
    ids.push(id);
    left -= count;
  }
  for (const id of ids) await stack.until(id, ({ state }) => state === 'running', signal);
  return { dates, latenciesMs, storedMs: performance.now() - startedMs };
}
