import type { AccessFact } from './access-fact.ts';

/**
 * What happened, as the code that did it says. Facts are typed and are no log lines: one subscriber turns
 * them into some (`fact-log.ts`), tests and metrics listen to the same ones.
 */
export type Fact =
  | AccessFact
  | { readonly type: 'worker.started'; readonly concurrency: number }
  | { readonly type: 'worker.stopping'; readonly held: number }
  | { readonly type: 'worker.stopped' }
  | { readonly type: 'target.opened'; readonly job_id: string }
  | { readonly type: 'limit.changed'; readonly job_id: string; readonly limit: number }
  | {
      readonly type: 'plan.settled';
      readonly backfill_id: string;
      readonly dates: number;
      readonly to_run: number;
    }
  | { readonly type: 'plan.postponed'; readonly backfill_id: string; readonly error: unknown }
  | ({
      readonly type: 'attempt.started';
      /** Since its date was queued. */
      readonly waited_ms?: number;
    } & AttemptFact)
  | ({ readonly type: 'attempt.reattached'; readonly run_id: string | null } & AttemptFact)
  | ({ readonly type: 'run.started'; readonly run_id: string } & AttemptFact)
  | ({ readonly type: 'run.refused'; readonly reason: string } & AttemptFact)
  | ({
      readonly type: 'run.start_failed';
      readonly error: unknown;
      readonly retry_in_ms: number;
    } & AttemptFact)
  | ({ readonly type: 'run.cancelled'; readonly run_id: string } & AttemptFact)
  | ({ readonly type: 'run.deadline_passed'; readonly run_id: string } & AttemptFact)
  | ({
      readonly type: 'attempt.ended';
      readonly run_id: string | null;
      readonly result: 'succeeded' | 'failed' | 'cancelled';
      readonly failure_class: string | null;
      readonly error_message: string | null;
      readonly duration_ms: number;
    } & AttemptFact)
  /** The rows before the run stay unknown. */
  | ({ readonly type: 'quality.uncounted'; readonly error: unknown } & AttemptFact)
  | ({
      readonly type: 'quality.postponed';
      readonly error: unknown;
      readonly retry_in_ms: number;
    } & AttemptFact)
  | ({ readonly type: 'quality.checked'; readonly problems: readonly string[] } & AttemptFact)
  | ({ readonly type: 'attempt.withdrawn'; readonly reason: string } & AttemptFact)
  | ({ readonly type: 'attempt.handed_over' } & AttemptFact)
  | ({ readonly type: 'attempt.lost' } & AttemptFact)
  | ({ readonly type: 'attempt.interrupted'; readonly error: unknown } & AttemptFact)
  | ({
      readonly type: 'retry.scheduled';
      readonly retry_at: string;
      readonly reason: string;
      readonly failure_class?: string;
    } & AttemptFact)
  | ({ readonly type: 'date.failed'; readonly reason: string } & AttemptFact)
  | {
      readonly type: 'backfill.created';
      readonly backfill_id: string;
      readonly dates: number;
      readonly created_by: string;
    }
  | { readonly type: 'backfill.ended'; readonly backfill_id: string; readonly state: string }
  | { readonly type: 'backfill.paused'; readonly backfill_id: string; readonly reason: string }
  | { readonly type: 'backfill.resumed'; readonly backfill_id: string; readonly by: string }
  | {
      readonly type: 'backfill.adjusted';
      readonly backfill_id: string;
      readonly max_active_runs: number | null;
      readonly priority: number;
      readonly by: string;
    }
  | {
      readonly type: 'backfill.cancelling';
      readonly backfill_id: string;
      /** What becomes of its live runs. */
      readonly runs: 'cancel' | 'finish';
      readonly by: string;
    }
  | {
      readonly type: 'sweep.ended';
      /** Name of the schedule that fired, or the person who asked. */
      readonly by: string;
      readonly backfills: number;
      readonly dates: number;
      readonly left_out: number;
      readonly remaining: number;
      readonly problems: readonly { readonly job_id: string; readonly message: string }[];
    }
  | { readonly type: 'repair.readded'; readonly job_id: string; readonly dates: number }
  | {
      readonly type: 'watch.failed';
      readonly job_id: string;
      readonly error: unknown;
      readonly retry_in_ms: number;
    }
  | {
      readonly type: 'log.written';
      readonly rows: number;
      readonly backfills: number;
      readonly duration_ms: number;
    }
  | {
      readonly type: 'log.postponed';
      readonly error: unknown;
      readonly waiting: number;
      readonly retry_in_ms: number;
    }
  /** Ended backfills have left Redis and are in the tables only. */
  | { readonly type: 'retention.forgotten'; readonly backfills: number }
  /** They should have left Redis, but the tables do not hold all of them yet. */
  | { readonly type: 'retention.kept'; readonly backfill_ids: readonly string[] }
  | {
      /** The one account of a backfill that has ended. */
      readonly type: 'backfill.summary';
      readonly backfill_id: string;
      readonly job: string;
      readonly state: string;
      readonly counts: Readonly<Record<string, number>>;
      readonly duration_seconds: number;
      readonly causes: readonly { readonly cause: string; readonly count: number }[];
    }
  | {
      readonly type: 'backfill.problem' | 'backfill.recovered';
      readonly backfill_id: string;
      readonly job: string;
      readonly problem: string;
      readonly reason: string | null;
    }
  | ({ readonly type: 'alert.sent' } & AlertFact)
  /** Some recipients of a mail were refused; the others have it, and it is not sent again. */
  | ({ readonly type: 'alert.partly_sent'; readonly refused_recipients: number } & AlertFact)
  | ({ readonly type: 'alert.postponed' | 'alert.failed'; readonly error: unknown } & AlertFact)
  | {
      readonly type: 'lineage.postponed' | 'lineage.failed';
      readonly backfill_id: string;
      readonly error: unknown;
    }
  | { readonly type: 'queue.error'; readonly queue: string; readonly error: unknown }
  | { readonly type: 'service.failed'; readonly service: string; readonly error: unknown };

/** Names one attempt in every fact about it. */
export interface AttemptFact {
  readonly backfill_id: string;
  readonly position_date: string;
  readonly attempt: number;
  /** Name of the target job, where it is at hand. */
  readonly job?: string | undefined;
}

/** Names one message and its way. */
export interface AlertFact {
  readonly backfill_id: string;
  readonly channel: string;
  readonly event: string;
}

export type FactType = Fact['type'];
