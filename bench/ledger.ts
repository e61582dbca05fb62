import { z } from 'zod';
import { sum } from './statistics.ts';

const RunNowSchema = z.object({
  at: z.iso.datetime().transform(Date.parse),
  job_id: z.string(),
  run_id: z.string(),
  created: z.boolean(),
  ended_at: z.iso.datetime().transform(Date.parse).nullable(),
});

export const LedgerSchema = z.object({
  run_now: z.array(RunNowSchema),
  requests: z.record(z.string(), z.number()),
  statements: z.record(z.string(), z.number()),
  statement_ms: z.record(z.string(), z.number()),
});

/**
 * What the emulator has seen: runs asked for, requests by method and path, SQL statements of clients by first
 * word and how long it was busy with them.
 */
export type Ledger = z.infer<typeof LedgerSchema>;

/** Requests to the Jobs API, whatever they asked for. */
export function jobsRequests({ requests }: Ledger): number {
  const counts = Object.entries(requests).filter(([name]) => /\/api\/2\.\d\/jobs\//.test(name));
  return sum(counts.map(([, count]) => count));
}

export interface RunTimes {
  readonly askedMs: number;
  readonly endedMs: number;
}

/** The runs of a job in the order in which they were asked for. */
export function runsOf({ run_now }: Ledger, jobId: string): RunTimes[] {
  return run_now
    .filter((run) => run.job_id === jobId && run.created)
    .map(({ at, ended_at }) => ({ askedMs: at, endedMs: ended_at ?? Number.NaN }))
    .toSorted((a, b) => a.askedMs - b.askedMs);
}

/**
 * How long after a run's end the next one was asked for. The first runs, as many as there are slots, wait for
 * none; each further one takes the place that the earliest end not yet used has freed.
 */
export function slotDelaysMs(runs: readonly RunTimes[], slots: number): number[] {
  const ends = runs.map(({ endedMs }) => endedMs).toSorted((a, b) => a - b);
  return runs.slice(slots).map(({ askedMs }, index) => Math.max(0, askedMs - (ends[index] ?? askedMs)));
}
