import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
