import { setMaxListeners } from 'node:events';

/** Made once: an abort without a reason makes an error with a stack each time. */
const OVER = new Error('The work that this signal was for is over.');

/**
 * Runs `work` with a signal of its own, which is aborted as soon as one of `sources` is, with its reason, and
 * at the end of the work, so that whatever was begun beside it ends too.
 *
 * Not AbortSignal.any: on Node 20 a signal that lives as long as the process keeps about a kilobyte of every
 * such call, and a worker makes several a date.
 */
export async function withOwnSignal<T>(
  sources: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // All dates of a worker listen to the same ones, of which Node would warn from the eleventh on.
  setMaxListeners(0, ...sources);
  const own = new AbortController();
  const onAbort = () => own.abort(sources.find(({ aborted }) => aborted)?.reason);
  for (const source of sources) source.addEventListener('abort', onAbort, { once: true });
  if (sources.some(({ aborted }) => aborted)) onAbort();
  try {
    return await work(own.signal);
  } finally {
    for (const source of sources) source.removeEventListener('abort', onAbort);
    own.abort(OVER);
  }
}

/**
 * Resolves as soon as one of `sources` is aborted, without a signal of its own: that is more than a kilobyte for
 * as long as somebody waits.
 */
export function untilAborted(sources: readonly AbortSignal[]): Promise<void> {
  setMaxListeners(0, ...sources);
  return new Promise((resolve) => {
    const settle = () => {
      for (const source of sources) source.removeEventListener('abort', settle);
      resolve();
    };
    for (const source of sources) source.addEventListener('abort', settle, { once: true });
    if (sources.some(({ aborted }) => aborted)) settle();
  });
}
