import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BackfillError } from '../src/errors/backfill-error.ts';

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5_000;

/**
 * Starts something that needs others to be up: says what is missing and tries again every few seconds for as
 * long as that may pass. What cannot pass (a wrong token, say) is thrown.
 */
export async function startPatiently<T>(
  start: () => Promise<T>,
  { logger, stopping }: { logger: Logger; stopping: AbortSignal },
): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await start();
    } catch (failure) {
      if (!(failure instanceof BackfillError) || !failure.retryable) throw failure;
      logger.warn({ code: failure.code }, `${failure.message} Trying again in ${delayMs / 1000} s.`);
      await pause(delayMs, undefined, { signal: stopping });
    }
  }
}
