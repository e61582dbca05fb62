/** Thrown when work took longer than it was given. */
export class DeadlineExceededError extends Error {
  readonly deadlineMs: number;

  constructor(deadlineMs: number) {
    super(`No answer within ${deadlineMs} ms.`);
    this.name = 'DeadlineExceededError';
    this.deadlineMs = deadlineMs;
  }
}

/**
 * Gives `work` so many milliseconds (null for no limit), and stops waiting for it when `signal` is aborted. The signal that
 * `work` gets tells it to stop; work that does not listen is left behind and its result dropped.
 *
 * Not built on AbortSignal.any, which on Node 20 keeps a trace of every call on a long-lived signal.
 *
 * @throws DeadlineExceededError, or the reason of `signal`.
 */
export async function withDeadline<T>(
  limits: { deadlineMs: number | null; signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { deadlineMs, signal } = limits;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  });
  const timer =
    deadlineMs === null
      ? undefined
      : setTimeout(() => stop.abort(new DeadlineExceededError(deadlineMs)), deadlineMs);
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
