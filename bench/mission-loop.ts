import { setTimeout as pause } from 'node:timers/promises';
import type { ReferenceClient } from './reference-client.ts';

export interface ReferenceWork {
  readonly client: ReferenceClient;
  readonly jobId: string;
  readonly dates: readonly string[];
  readonly signal: AbortSignal;
  readonly lookSeconds: number;
}

/**
 * The mission's own way, at its best: as many orchestrators at a time as the job has slots, each of which
 * triggers a run, looks at it until it has ended, sleeps between looks, and goes on with the next date at once.
 * Neither a calendar nor a log costs it anything.
 */
export async function missionLoop(work: ReferenceWork, slots: number): Promise<void> {
  const dates = work.dates.values();
  const orchestrators = Array.from({ length: slots }, async () => {
    for (const date of dates) await orchestrate(work, date);
  });
  await Promise.all(orchestrators);
}

async function orchestrate({ client, jobId, signal, lookSeconds }: ReferenceWork, date: string) {
  const runId = await client.runNow(jobId, date);
  for (;;) {
    const { phase } = await client.getRun(runId, { signal });
    if (phase === 'terminated') return;
    await pause(lookSeconds * 1_000, undefined, { signal });
  }
}
