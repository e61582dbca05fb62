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

/**
 * Whether an earlier try may have arrived: it was begun and its result never recorded, or its answer was lost.
 * BullMQ counts what was started and what was recorded as failed; {@link deliver} marks the rest in the job.
 */
export function mayBeRepeat(job: Job<Delivery>): boolean {
  return job.attemptsStarted > job.attemptsMade + 1 || job.data.may_have_arrived === true;
}

/** What the payload of every message to others has for its deliveries. */
export interface Delivery {
  /** The answer to one of the tries was lost. */
  may_have_arrived?: boolean | undefined;
}

/**
 * Sends the message of a job once. What may pass is thrown for BullMQ to bring the job again; what will not
 * ends it as failed. `tell` hears of either. That an answer was lost stays marked, whatever later tries meet.
 */
export async function deliver<Payload extends Delivery>(
  job: Job<Payload>,
  send: () => Promise<void>,
  tell: (kind: 'sent' | 'postponed' | 'failed', error?: BackfillError) => void,
): Promise<void> {
  try {
    await send();
  } catch (thrown) {
    const error = toBackfillError(thrown);
    if (error.details.may_have_arrived === true)
      await job.updateData({ ...job.data, may_have_arrived: true });
    tell(error.retryable ? 'postponed' : 'failed', error);
    throw error.retryable ? error : new UnrecoverableError(error.message);
  }
  tell('sent');
}
