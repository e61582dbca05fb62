/** What may end the work on an attempt before its run has ended. */
export interface AttemptSignals {
  /** Aborted when this process has to let go of the date: hand-over or a lost lock. */
  readonly signal: AbortSignal;
  /** Aborted when the backfill is cancelled together with its live runs. */
  readonly cancelled: AbortSignal;
}
