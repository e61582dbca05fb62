import type { BackfillState } from '../../src/tables/backfill-row.ts';
import type { BackfillRecord } from './backfill-record.ts';
import { countByState, type DateCounts } from './date-letter.ts';

/** One backfill as REST and events tell it (GET /api/backfills/:id). */
export interface BackfillView {
  id: string;
  job: string;
  job_id: string;
  state: BackfillState;
  /** Why it waits: a person's pause, a refused start, a log that cannot be read. */
  state_reason: string | null;
  counts: DateCounts;
  /** Log events of this backfill that no statement has confirmed yet. */
  log_pending: number;
  /** Whether a change of its state or settings is not in the table `backfills` yet, and lost if Redis is. */
  not_yet_durable: boolean;
  eta_seconds: number | null;
  priority: number;
  max_active_runs: number | null;
  created_by: string;
  created_at: string;
  finished_at: string | null;
  retry_of: string | null;
  request: Record<string, unknown>;
}

/** What the target job contributes to a view. */
export interface TargetPace {
  /** max_concurrent_runs less the headroom. */
  limit: number;
  typicalRunMs: number | null;
  /** Why Databricks takes no run at the moment, or null. */
  refusalReason: string | null;
}

export function viewBackfill(
  record: BackfillRecord,
  countsByLetter: Readonly<Record<string, number>>,
  target: TargetPace,
): BackfillView {
  const counts = countByState(countsByLetter);
  return {
    id: record.id,
    job: record.job,
    job_id: record.job_id,
    state: record.state,
    state_reason: record.state_reason ?? waitReason(record, counts, target),
    counts,
    log_pending: record.log_pending,
    not_yet_durable: record.row_pending > 0,
    eta_seconds: etaSeconds(record, counts, target),
    priority: record.priority,
    max_active_runs: record.max_active_runs,
    created_by: record.created_by,
    created_at: record.created_at,
    finished_at: record.finished_at,
    retry_of: record.retry_of,
    request: record.request,
  };
}

function waitReason(record: BackfillRecord, counts: DateCounts, target: TargetPace): string | null {
  if (record.state !== 'running' || counts.pending + counts.queued === 0) return null;
  // A job whose limit is 0 refuses its runs as well; the limit is what somebody can change.
  if (target.limit <= 0) {
    return 'No slot: max_concurrent_runs of the job less the headroom is 0. Raise it in the job.';
  }
  if (target.refusalReason === null) return null;
  return `Databricks does not take a run at the moment (${target.refusalReason}); one date tries again.`;
}

/** Waves still to run, at the pace of the last runs; null while nothing has run yet or nothing runs now. */
function etaSeconds(record: BackfillRecord, counts: DateCounts, target: TargetPace): number | null {
  if (record.state !== 'running' || target.typicalRunMs === null || target.limit === 0) return null;
  const left = counts.pending + counts.queued + counts.running;
  const slots = Math.min(target.limit, record.max_active_runs ?? target.limit);
  return Math.ceil((Math.max(1, left / slots) * target.typicalRunMs) / 1000);
}
