/** A limit that was the same for so many turns is steady. */
const STEADY_AFTER_TURNS = 6;
/** Of a steady limit, the share of the typical run that may pass between readings, and the turns that it is at most. */
const RUN_SHARE = 0.5;
const MOST_TURNS = 6;
/** Less than a turn, so that the one in which the lease is to be free finds it free. */
const SLACK_TURNS = 0.1;

/**
 * For how long nobody else reads the limit after a reading. A changed limit matters as soon as a slot could be
 * taken for it, so each turn reads it at first; a steady one is read twice in a typical run, each second turn
 * at most and each sixth at least.
 */
export function limitLeaseMs(intervalMs: number, unchangedMs: number, typicalRunMs: number | null): number {
  const steady = unchangedMs > STEADY_AFTER_TURNS * intervalMs;
  if (!steady) return intervalMs;
  const turns = Math.floor(((typicalRunMs ?? 0) * RUN_SHARE) / intervalMs);
  return Math.round((Math.min(MOST_TURNS, Math.max(2, turns)) - SLACK_TURNS) * intervalMs);
}
