/**
 * How long the work can not but take: the same run times in the same order, each started in the very moment
 * in which one of the slots is free. Longer than their sum / slots, since at the end slots have nothing left.
 */
export function idealMs(runMs: readonly number[], slots: number): number {
  const freeAtMs = new Array<number>(slots).fill(0);
  for (const ms of runMs) {
    const first = freeAtMs.indexOf(Math.min(...freeAtMs));
    freeAtMs[first] = (freeAtMs[first] ?? 0) + ms;
  }
  return Math.max(...freeAtMs);
}
