interface Outage {
  readonly fromMs: number;
  toMs: number;
}

/** When Redis or the Jobs API was kept from working. Outages that overlap count once. */
export class Outages {
  readonly #outages: Outage[] = [];

  /** Measures an outage that lasts as long as `during`. */
  async measure(during: () => Promise<void>): Promise<void> {
    const outage = { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY };
    this.#outages.push(outage);
    try {
      await during();
    } finally {
      outage.toMs = Date.now();
    }
  }

  /** An outage of known length that begins now. */
  add(lengthMs: number): void {
    this.#outages.push({ fromMs: Date.now(), toMs: Date.now() + lengthMs });
  }

  /** Whether any of it lay between the two moments. */
  touches(fromMs: number, toMs: number): boolean {
    return this.#outages.some((outage) => outage.fromMs <= toMs && outage.toMs >= fromMs);
  }

  /** Time without service between the two moments. */
  totalMs(fromMs: number, toMs: number): number {
    let [total, until] = [0, fromMs];
    for (const outage of this.#outages.toSorted((one, other) => one.fromMs - other.fromMs)) {
      const from = Math.max(until, outage.fromMs);
      const to = Math.min(toMs, outage.toMs);
      if (to > from) total += to - from;
      until = Math.max(until, to);
    }
    return total;
  }
}
