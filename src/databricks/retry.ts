import { setTimeout as sleep } from 'node:timers/promises';
import { type BackfillError, toBackfillError } from '../errors/backfill-error.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

export interface RetryPolicy {
  /** From the first try on: no try starts later than this. 0 means one try. */
  windowMs: number;
  /** Whether trying again is safe and can help. */
  mayRetry: (error: BackfillError) => boolean;
  signal?: AbortSignal | undefined;
  /** Waits for leave to try; that time does not count against the window. */
  leave?: () => Promise<void>;
}

/**
 * Tries until it works, until a failure that must not be retried, or until the next try would start
 * after the window. Waits as long as the other side asked (`retryAfterMs`) and up to 0.25 s more, else
 * 0.25 s doubled for each try up to 5 s less up to half; both at random, so that workers spread.
 *
 * @throws the last failure, or the reason of `signal`.
 */
export async function retryWithin<T>(policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  let lastStartMs = Date.now() + policy.windowMs;
  for (let tries = 1; ; tries++) {
    if (policy.leave) {
      const askedMs = Date.now();
      await policy.leave();
      lastStartMs += Date.now() - askedMs;
    }
    try {
      return await attempt();
    } catch (thrown) {
      if (policy.signal?.aborted) throw policy.signal.reason;
      const error = toBackfillError(thrown);
      const delayMs = error.retryAfterMs === null ? backoffMs(tries) : spread(error.retryAfterMs);
      if (!policy.mayRetry(error) || Date.now() + delayMs > lastStartMs) throw error;
      await pause(delayMs, policy.signal);
    }
  }
}

function backoffMs(tries: number): number {
  const longestMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1));
  return longestMs * (0.5 + Math.random() / 2);
}

function spread(retryAfterMs: number): number {
  return retryAfterMs + Math.random() * FIRST_DELAY_MS;
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (aborted) {
    throw signal?.reason ?? aborted;
  }
}
