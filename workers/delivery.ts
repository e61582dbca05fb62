import { type Job, UnrecoverableError } from 'bullmq';
import { BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';

const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5 * 60_000;

/** A receiver may ask for patience, not for silence. */
const MAX_ASKED_DELAY_MS = 60 * 60_000;

/** Delay before the next try; what the receiver asked for, if it did, up to an hour. */
export function deliveryDelayMs(attemptsMade: number, error: unknown): number {
  const asked = error instanceof BackfillError ? error.retryAfterMs : null;
  const own = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** Math.min(attemptsMade - 1, 20));
  return Math.max(own, Math.min(asked ?? 0, MAX_ASKED_DELAY_MS));
}

/** Marks the reason of a try after which nobody knows whether it arrived. */
const UNANSWERED = 'did not answer';

/**
 * Whether an earlier try may have arrived: it was begun and its result never recorded, or no answer came.
 * BullMQ counts what was started and what was recorded as failed.
 */
export function mayBeRepeat(job: Job): boolean {
  const unrecorded = job.attemptsStarted > job.attemptsMade + 1;
  return unrecorded || (job.attemptsMade > 0 && (job.failedReason ?? '').includes(UNANSWERED));
}

/**
 * Sends once. What may pass is thrown for BullMQ to bring the job again; what will not ends it as failed.
 * `tell` hears of either.
 */
export async function deliver(
  send: () => Promise<void>,
  tell: (kind: 'sent' | 'postponed' | 'failed', error?: BackfillError) => void,
): Promise<void> {
  try {
    await send();
  } catch (thrown) {
    const error = toBackfillError(thrown);
    tell(error.retryable ? 'postponed' : 'failed', error);
    throw error.retryable ? error : new UnrecoverableError(error.message);
  }
  tell('sent');
}
