import { setTimeout as pause } from 'node:timers/promises';

const LOOK_INTERVAL_MS = 50;

interface Reign {
  readonly limit: number;
  /** The last look at which it was not yet in force: it may have come right after. */
  readonly notBeforeMs: number;
  /** The first look at which it was. */
  readonly seenMs: number;
  /** The first look at which it was over. */
  endedMs: number;
}

/** The limit that the fleet last read, looked at again and again, with the doubt between two looks. */
export class LimitHistory {
  readonly #read: () => Promise<number>;
  readonly #reigns: Reign[] = [];
  readonly #stopping = new AbortController();
  #lastLookMs = 0;
  #looking: Promise<void> | null = null;

  constructor(read: () => Promise<number>) {
    this.#read = read;
  }

  start(): void {
    this.#looking ??= this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
  }

  /** The highest limit that was in force at any moment between the two. */
  highest(fromMs: number, toMs: number): number {
    const inForce = this.#reigns.filter(
      ({ notBeforeMs, endedMs }) => notBeforeMs <= toMs && endedMs >= fromMs,
    );
    return Math.max(0, ...inForce.map(({ limit }) => limit));
  }

  /** How long it takes from a moment on until so much slot time has been granted. */
  timeForMs(slotMs: number, fromMs: number): number {
    let left = slotMs;
    for (const { limit, seenMs, endedMs } of this.#reigns) {
      const startMs = Math.max(fromMs, seenMs);
      if (endedMs <= startMs) continue;
      if (limit > 0 && left <= (endedMs - startMs) * limit) return startMs - fromMs + left / limit;
      left -= (endedMs - startMs) * limit;
    }
    return Number.POSITIVE_INFINITY;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#note(await this.#read());
      await pause(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  #note(limit: number): void {
    const nowMs = Date.now();
    const last = this.#reigns.at(-1);
    if (last?.limit !== limit) {
      if (last) last.endedMs = nowMs;
      this.#reigns.push({
        limit,
        notBeforeMs: this.#lastLookMs,
        seenMs: nowMs,
        endedMs: Number.POSITIVE_INFINITY,
      });
    }
    this.#lastLookMs = nowMs;
  }
}
