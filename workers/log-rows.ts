import { attemptId } from '../queues/plan/attempt-id.ts';
import { DATE_LETTERS, type SkipReason } from '../queues/plan/date-letter.ts';
import type { PlanStore } from '../queues/plan/plan-store.ts';
import type { PlannedDate } from '../queues/plan/plan-text.ts';
import type { BackfillRow } from '../src/tables/backfill-row.ts';
import type { LogRow } from '../src/tables/log-row.ts';

/** One SKIPPED row for each day of a plan that is no business day. */
export async function skippedRows(
  plans: PlanStore,
  backfillId: string,
  skipped: { at: string; dates: readonly string[] },
): Promise<LogRow[]> {
  const backfill = await plans.record(backfillId);
  if (!backfill) return [];
  return skipped.dates.map((positionDate) => ({
    runId: attemptId(backfillId, positionDate, 0),
    positionDate,
    jobName: backfill.job,
    jobId: backfill.job_id,
    status: 'SKIPPED',
    startTime: skipped.at,
    endTime: skipped.at,
    backfillJobId: null,
    errorMessage: 'not_business_day',
    creatorUserName: backfill.created_by,
    runPageUrl: null,
    retryMetadata: null,
    backfillId,
    attempt: 0,
    positionEndDate: positionDate,
  }));
}

/** The row of `backfills` as the plan reads now, or null when the plan is gone. */
export async function backfillRow(plans: PlanStore, id: string): Promise<BackfillRow | null> {
  const backfill = await plans.record(id);
  if (!backfill) return null;
  const plan = backfill.state === 'planning' ? null : resolvedPlan(await plans.plan(id));
  return {
    backfillId: id,
    jobName: backfill.job,
    jobId: backfill.job_id,
    request: { asked: backfill.request, plan } as BackfillRow['request'],
    createdBy: backfill.created_by,
    createdAt: backfill.created_at,
    state: backfill.state,
    finishedAt: backfill.finished_at,
  };
}

/** Every date under its verdict: those to run, in order, and those skipped by reason. */
function resolvedPlan(plan: readonly PlannedDate[]): {
  run: string[];
  skip: Partial<Record<SkipReason, string[]>>;
} {
  const resolved: { run: string[]; skip: Partial<Record<SkipReason, string[]>> } = { run: [], skip: {} };
  for (const { positionDate, letter } of plan) {
    const { reason } = DATE_LETTERS[letter];
    if (reason === null) {
      resolved.run.push(positionDate);
      continue;
    }
    const skipped = resolved.skip[reason] ?? [];
    resolved.skip[reason] = skipped;
    skipped.push(positionDate);
  }
  return resolved;
}
