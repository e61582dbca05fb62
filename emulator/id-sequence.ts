/**
 * Hands out int64 ids above 2^53 that differ by one, so that whoever parses them as doubles sees two
 * ids become one. They start from the clock, so that a restarted workspace never reuses an id.
 */
export class IdSequence {
  #next = BigInt(Date.now()) * 100_000n + 1n;

  next(): bigint {
    const id = this.#next;
    this.#next += 1n;
    return id;
  }
}
