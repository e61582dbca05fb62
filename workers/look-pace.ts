/** Of a run that takes long, the share of its time that may pass between looks comes from the configuration. */
const LONG_RUN_MS = 30_000;
const MIN_INTERVAL_MS = 10;
const MAX_INTERVAL_MS = 10_000;
/** Before this share of its usual time a run is not expected to end. */
const EARLIEST_END = 0.75;
/** So many times as long as usual is the pause between looks while no run is expected to end. */
const EARLY_FACTOR = 5;
/**
 * While nobody knows how long runs take, the pause between looks is a quarter of their age, and of longer ones
 * the mean (geometric) of the usual share of their age and this time: what the first end waits for its look is
 * lost once, what the looks cost is lost all the time until then.
 */
const UNKNOWN_SHARE = 0.25;
const UNKNOWN_MEAN_MS = 18_000;
const MIN_UNKNOWN_INTERVAL_MS = 100;
/** When even the youngest run is this many times as old as usual, the usual time says nothing any more. */
const UNUSUAL_LENGTHS = 2;
/** Seeing and telling of an end takes a while too. */
const MIN_UNUSUAL_MS = 2_000;

/** A run that takes this many times as long as usual is asked for by its id: it may be gone. */
const OVERDUE_LENGTHS = 2.5;
const MIN_OVERDUE_MS = 2_000;
const MAX_OVERDUE_MS = 300_000;
/** Before the first run has ended. */
const UNKNOWN_OVERDUE_MS = 120_000;

export interface LookPace {
  /** How long the job's last runs took; null before the first. */
  readonly typicalMs: number | null;
  /** For how long the oldest and the youngest of the runs have been watched. */
  readonly oldestMs: number;
  readonly youngestMs: number;
  /** Share of the typical run time that may pass between looks. */
  readonly share: number;
}

/**
 * How old the last look may be. Slots idle for half of it on average, so it is a share of the run time; of
 * short runs a smaller one, since for them the rest of the way to the next start counts too. Before any run
 * is near its usual end, looks are few.
 */
export function lookIntervalMs({ typicalMs, oldestMs, youngestMs, share }: LookPace): number {
  if (typicalMs === null || youngestMs > Math.max(MIN_UNUSUAL_MS, typicalMs * UNUSUAL_LENGTHS)) {
    const meanMs = Math.sqrt(UNKNOWN_MEAN_MS * oldestMs * share);
    return within(MIN_UNKNOWN_INTERVAL_MS, Math.min(oldestMs * UNKNOWN_SHARE, meanMs));
  }
  const interval = within(MIN_INTERVAL_MS, typicalMs * share * Math.min(1, typicalMs / LONG_RUN_MS));
  const untilExpectedMs = typicalMs * EARLIEST_END - oldestMs;
  return within(interval, Math.min(untilExpectedMs, interval * EARLY_FACTOR));
}

/**
 * After how long a run is asked for by its id, and again when it still lives: later each time, since a job whose
 * runs took seconds yesterday may have thousands that take hours today.
 *
 * @param livedMs How old the run was when it was last answered that it lives; 0 before.
 */
export function overdueMs(typicalMs: number | null, livedMs: number): number {
  const firstMs =
    typicalMs === null ? UNKNOWN_OVERDUE_MS : Math.max(MIN_OVERDUE_MS, typicalMs * OVERDUE_LENGTHS);
  return Math.min(MAX_OVERDUE_MS, Math.max(firstMs, livedMs));
}

function within(minMs: number, intervalMs: number): number {
  return Math.min(MAX_INTERVAL_MS, Math.max(minMs, intervalMs));
}
