/** Runs of one length, on jobs of several limits. */
export interface SlotPace {
  readonly seconds: number;
  readonly limits: readonly number[];
  /** Runs that each slot has, one after the other. */
  readonly waves: number;
  /** The same for the references, whose waves last as long as their looks or need as few. */
  readonly referenceWaves: number;
  readonly workers: number;
  /** Whether all limits are measured at the same time: runs this long leave the machine idle. */
  readonly together: boolean;
  readonly lookSeconds: number;
}

const LIMITS = [5, 20, 100];
/** "Poll every 10 seconds", as the mission's orchestrator does. */
export const MISSION_LOOK_SECONDS = 10;

const FULL: readonly SlotPace[] = [
  { seconds: 0.5, waves: 20, referenceWaves: 3, together: false },
  { seconds: 2, waves: 15, referenceWaves: 3, together: false },
  { seconds: 10, waves: 5, referenceWaves: 3, together: true },
  { seconds: 60, waves: 2, referenceWaves: 2, together: true },
].map((pace) => ({ ...pace, limits: LIMITS, workers: 2, lookSeconds: MISSION_LOOK_SECONDS }));

/** The loop looks far more often than the mission's, so as not to be what the short form waits for. */
const SHORT: readonly SlotPace[] = [
  {
    seconds: 0.1,
    limits: [2, 4],
    waves: 2,
    referenceWaves: 1,
    workers: 1,
    together: true,
    lookSeconds: 0.2,
  },
];

export function slotPaces(short: boolean): readonly SlotPace[] {
  return short ? SHORT : FULL;
}
