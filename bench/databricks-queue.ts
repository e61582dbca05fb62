import { setTimeout as pause } from 'node:timers/promises';
import type { ReferenceWork } from './mission-loop.ts';

const CALLS_AT_ONCE = 20;

/**
 * Every date handed to Databricks at once with `queue.enabled`, so that the job's own queue starts a run in the
 * moment in which one ends; then a look every few seconds at the list of runs that have not ended. It gives up
 * order, pause, priorities, retries and limits below the job's, keeps at most 48 hours of runs, and is what no
 * way of starting runs can beat.
 */
export async function databricksQueue(work: ReferenceWork): Promise<void> {
  const { client, jobId, signal, lookSeconds } = work;
  const dates = work.dates.values();
  const hands = Array.from({ length: CALLS_AT_ONCE }, async () => {
    for (const date of dates) await client.runNow(jobId, date, true);
  });
  await Promise.all(hands);
  for (;;) {
    const unfinished = await client.listRuns(jobId, true);
    if (unfinished.length === 0) return;
    await pause(lookSeconds * 1_000, undefined, { signal });
  }
}
