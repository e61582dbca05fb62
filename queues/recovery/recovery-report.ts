import type { DateCounts } from '../plan/date-letter.ts';

/** What `backfill recover` did, as `--json` prints it. */
export interface RecoveryReport {
  readonly restored: readonly RestoredBackfill[];
  /** Backfills that Redis still had. */
  readonly present: readonly string[];
  /** Backfills whose row does not say what their plan was; nothing can be done for them. */
  readonly unreadable: readonly { readonly id: string; readonly problem: string }[];
  /** Live runs of the target jobs that no attempt explains: somebody else's, or of an attempt unknown to the log. */
  readonly unexplained_runs: readonly UnexplainedRun[];
}

export interface RestoredBackfill {
  readonly id: string;
  readonly job: string;
  readonly job_id: string;
  readonly state: string;
  readonly state_reason: string | null;
  readonly counts: DateCounts;
  /** Dates that go on with a live run. */
  readonly live_runs: number;
  /** Dates whose run has ended since the log was written; a worker reads how. */
  readonly ended_runs: number;
  /** Dates that another backfill has claimed in the meantime. */
  readonly contested: readonly string[];
}

export interface UnexplainedRun {
  readonly job_id: string;
  readonly run_id: string;
  readonly run_page_url: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}
