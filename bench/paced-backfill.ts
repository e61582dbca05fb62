import type { Run } from '../src/databricks/run.ts';
import type { Ledger } from './emulator-control.ts';
import { BenchStack } from './stack.ts';

export const DATES = 500;
export const LIMIT = 20;
const WORKERS = 2;
const RUN_DURATION_MS = 2_000;
/** 500 consecutive days, every one of them a business day by the calendar `none`. */
const REQUEST = { job: 'limit_20', start_date: '2023-01-01', end_date: '2024-05-14' } as const;

/** What came of 500 dates with runs of 2 s, 20 at a time, on two workers. */
export interface PacedBackfill {
  /** When it was asked for, in epoch milliseconds. */
  readonly askedAtMs: number;
  /** From the request to the end of the backfill. */
  readonly wallMs: number;
  readonly runs: readonly Run[];
  /** Counted from the request until the last log row was written. */
  readonly ledger: Ledger;
  /** What the ended backfill takes in Redis, without the BullMQ jobs that are kept for people to look at. */
  readonly redisBytes: number;
}

let measured: Promise<PacedBackfill> | null = null;

/** Runs it once however many suites read it. */
export function pacedBackfill(signal: AbortSignal): Promise<PacedBackfill> {
  measured ??= measure(signal);
  return measured;
}

async function measure(signal: AbortSignal): Promise<PacedBackfill> {
  const stack = await BenchStack.start(WORKERS, signal);
  try {
    await stack.emulator.setRunDuration(RUN_DURATION_MS);
    await stack.emulator.clearLedger();
    const askedAtMs = Date.now();
    const startedMs = performance.now();
    const { id, job_id } = await stack.create(REQUEST);
    const { state, counts } = await stack.until(id, ({ finished_at }) => Boolean(finished_at), signal);
    const wallMs = performance.now() - startedMs;
    if (counts.succeeded !== DATES) {
      throw new Error(`${DATES} dates should have succeeded; it ended ${state}: ${JSON.stringify(counts)}.`);
    }
    await stack.until(id, ({ log_pending }) => log_pending === 0, signal);
    return {
      askedAtMs,
      wallMs,
      runs: await listRuns(stack, job_id),
      ledger: await stack.emulator.ledger(),
      redisBytes: await stack.redisBytes(id),
    };
  } finally {
    await stack.stop();
  }
}

async function listRuns(stack: BenchStack, jobId: string): Promise<Run[]> {
  const runs: Run[] = [];
  let pageToken: string | null = null;
  do {
    const page = await stack.workspace.client.jobs.listRuns({
      jobId,
      limit: 24,
      ...(pageToken !== null && { pageToken }),
    });
    runs.push(...page.runs);
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return runs;
}
