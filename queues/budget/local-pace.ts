const SECOND_MS = 1_000;

/** What one process may send by its own clock: all of its holds, and its share of the budget without Redis. */
export class LocalPace {
  /** How many workers shared the budget when that was last known. */
  workers = 1;
  readonly #perSecond: number;
  #nextMs = 0;
  #heldUntilMs = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes the next time of this process; answers how long it is until then. */
  reserve(): number {
    const now = performance.now();
    const at = Math.max(now, this.#nextMs, this.#heldUntilMs);
    this.#nextMs = at + (SECOND_MS * Math.max(1, this.workers)) / this.#perSecond;
    return at - now;
  }

  hold(delayMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, performance.now() + delayMs);
  }

  heldMs(): number {
    return Math.max(0, this.#heldUntilMs - performance.now());
  }
}
