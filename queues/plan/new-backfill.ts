import type { Reprocess } from '../../src/planning/date-verdicts.ts';
import type { RunSettings } from '../../src/planning/run-settings.ts';
import type { PlannedDate } from './plan-text.ts';

/** A backfill as it is before Redis has it: what was asked, with what its job's policy adds. */
export interface NewBackfill {
  id: string;
  job: string;
  jobId: string;
  maxConcurrentRuns: number;
  headroom: number;
  order: 'asc' | 'desc';
  reprocess: Reprocess;
  priority: number;
  maxActiveRuns: number | null;
  maxAttempts: number;
  stopAfterFailures: number | null;
  createdBy: string;
  retryOf: string | null;
  /** Of a retry: what its rows name as `retry_triggered_by`. */
  retryTriggeredBy: string | null;
  /** What was asked, as it was asked. */
  request: Record<string, unknown>;
  runSettings: RunSettings;
  /** In the order in which the dates shall run. */
  plan: readonly PlannedDate[];
  idempotency: { key: string; bodyDigest: string } | null;
}

/** What a process gives to every backfill that it makes. */
export interface BackfillOrigin {
  /** OpenLineage shall hear of its runs. */
  readonly lineage?: boolean;
  /** W3C trace context of the request that makes it. */
  readonly traceparent?: () => string | undefined;
}

/** The hash of a backfill, but for what the scripts write: its state and times. */
export function backfillFields(
  backfill: Omit<NewBackfill, 'plan' | 'idempotency' | 'maxConcurrentRuns' | 'headroom'>,
): Record<string, string> {
  return {
    id: backfill.id,
    job: backfill.job,
    job_id: backfill.jobId,
    order: backfill.order,
    reprocess: backfill.reprocess,
    priority: String(backfill.priority),
    max_active_runs: backfill.maxActiveRuns === null ? '' : String(backfill.maxActiveRuns),
    max_attempts: String(backfill.maxAttempts),
    stop_after_failures: backfill.stopAfterFailures === null ? '' : String(backfill.stopAfterFailures),
    created_by: backfill.createdBy,
    retry_of: backfill.retryOf ?? '',
    retry_triggered_by: backfill.retryTriggeredBy ?? '',
    request: JSON.stringify(backfill.request),
    run_settings: JSON.stringify(backfill.runSettings),
  };
}

/** What the hash of a backfill says of the process that made it. */
export function originFields({
  lineage = false,
  traceparent = () => undefined,
}: BackfillOrigin): Record<string, string> {
  const context = traceparent();
  return { ...(lineage && { lineage: '1' }), ...(context !== undefined && { traceparent: context }) };
}
