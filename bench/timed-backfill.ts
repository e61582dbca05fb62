import type { BackfillAnswer } from '../bin/rest-answers.ts';
import type { DateRange } from './date-range.ts';
import type { BenchStack } from './stack.ts';

export interface TimedBackfill {
  readonly backfill: BackfillAnswer;
  /** When it was asked for, in epoch milliseconds. */
  readonly askedAtMs: number;
  /** From the request until the last outcome was recorded. */
  readonly wallMs: number;
}

/** Runs a backfill to its end. Throws unless every date has succeeded. */
export async function timedBackfill(
  stack: BenchStack,
  request: DateRange & { readonly job: string; readonly priority?: number },
  signal: AbortSignal,
): Promise<TimedBackfill> {
  const askedAtMs = Date.now();
  const { id } = await stack.create(request);
  const backfill = await stack.until(id, ({ finished_at }) => Boolean(finished_at), signal);
  const { state, counts, finished_at } = backfill;
  if (counts.succeeded !== counts.total) {
    throw new Error(`Every date should have succeeded; it ended ${state}: ${JSON.stringify(counts)}.`);
  }
  return { backfill, askedAtMs, wallMs: Date.parse(finished_at ?? '') - askedAtMs };
}
