import type { StoredPlan } from '../../src/tables/backfill-request.ts';
import type { AttemptRecord } from '../plan/attempt-record.ts';
import { type SkipReason, skipLetter } from '../plan/date-letter.ts';
import { backfillFields, originFields } from '../plan/new-backfill.ts';
import { type PlannedDate, writePlanText } from '../plan/plan-text.ts';
import { linkTexts } from '../plan/retry-links.ts';
import type { AttachedDate } from '../scripts/restore-backfill.ts';
import type { LostBackfill } from './live-runs.ts';
import type { RestoredDate } from './restored-date.ts';

/** The target job as it is in the workspace now. */
export interface TargetNow {
  readonly maxConcurrentRuns: number;
  readonly headroom: number;
  /** Why nothing can be started, or null. */
  readonly problem: string | null;
}

/** Everything that one atomic step needs to put a backfill back. */
export type Restoration = ReturnType<typeof restoration>;

/** What a backfill shall be in Redis. `dates` is `planning` where a worker has to find the verdicts. */
export function restoration(
  { backfill, history, dates: logged }: LostBackfill,
  dates: readonly RestoredDate[] | 'planning',
  target: TargetNow,
  options: { resume: boolean; lineage: boolean },
) {
  const { settings, plan: stored, asked } = backfill.request;
  const run = dates === 'planning' ? logged : dates;
  const plan = inOrder([...run, ...skippedDates(stored)], settings.order);
  const { state, reason } = stateAfter(backfill.state, dates === 'planning', target, options);
  const attached: AttachedDate[] = [];
  const attachedRuns: { positionDate: string; runId: string }[] = [];
  const records = new Map(run.map(({ positionDate, record }) => [positionDate, record]));
  for (const [index, { positionDate, letter }] of plan.entries()) {
    const record = records.get(positionDate);
    if (letter !== 'r' || !record?.run_id) continue;
    attached.push({ index, position_date: positionDate, attempt_id: record.attempt_id });
    attachedRuns.push({ positionDate, runId: record.run_id });
  }
  const unlogged = stored.skip.not_business_day.filter((date) => !history.skipped.has(date));
  return {
    id: backfill.id,
    job_id: backfill.jobId,
    fields: {
      ...backfillFields({
        id: backfill.id,
        job: backfill.jobName,
        jobId: backfill.jobId,
        order: settings.order,
        reprocess: settings.reprocess,
        priority: settings.priority,
        maxActiveRuns: settings.max_active_runs,
        maxAttempts: settings.max_attempts,
        stopAfterFailures: settings.stop_after_failures,
        createdBy: backfill.createdBy,
        retryOf: settings.retry_of,
        retryTriggeredBy: settings.retry_triggered_by,
        request: asked,
        runSettings: settings.run_settings,
      }),
      ...originFields({ lineage: options.lineage }),
      created_at: new Date(backfill.createdAtMs).toISOString(),
      ...(settings.cancel_runs !== null && { cancel_runs: settings.cancel_runs }),
      ...(dates === 'planning' && state === 'paused' && { paused_in_planning: '1' }),
    },
    created_ms: backfill.createdAtMs,
    ...writePlanText(plan),
    attempts: Object.fromEntries(
      [...records].flatMap(([date, record]) =>
        record === null ? [] : [[date, JSON.stringify(toldStart(record, options))]],
      ),
    ),
    links: linkTexts({
      ...stored.links,
      ...Object.fromEntries(run.flatMap(({ positionDate, link }) => (link ? [[positionDate, link]] : []))),
    }),
    attached,
    attachedRuns,
    state,
    reason,
    priority: settings.priority,
    max_concurrent_runs: target.maxConcurrentRuns,
    headroom: target.headroom,
    // While planning goes on, its end logs them.
    skipped:
      dates === 'planning' || unlogged.length === 0
        ? null
        : JSON.stringify({ at: new Date().toISOString(), dates: unlogged }),
  };
}

/** The start of a run is told in the step that stores its id; its end is told of those whose start was. */
function toldStart(record: AttemptRecord, { lineage }: { lineage: boolean }): AttemptRecord {
  return lineage && record.run_id !== undefined && record.finished_at === undefined
    ? { ...record, told_start: true }
    : record;
}

/** The dates of a stored plan that never were to run. */
export function skippedDates({ skip }: StoredPlan): PlannedDate[] {
  return Object.entries(skip).flatMap(([reason, dates]) =>
    dates.map((positionDate) => ({ positionDate, letter: skipLetter(reason as SkipReason) })),
  );
}

export function inOrder(dates: readonly PlannedDate[], order: 'asc' | 'desc'): PlannedDate[] {
  const sign = order === 'asc' ? 1 : -1;
  return dates.toSorted((one, other) => (one.positionDate < other.positionDate ? -sign : sign));
}

function stateAfter(
  before: LostBackfill['backfill']['state'],
  planning: boolean,
  target: TargetNow,
  { resume }: { resume: boolean },
): { state: 'planning' | 'running' | 'paused' | 'cancelling'; reason: string } {
  if (before === 'cancelling') return { state: 'cancelling', reason: '' };
  if (target.problem !== null) {
    return { state: 'paused', reason: `Recovered, but its job cannot be started: ${target.problem}` };
  }
  switch (before) {
    case 'paused':
      return { state: 'paused', reason: 'It was paused before Redis was lost. Resume it to go on.' };
    case 'planning':
    case 'running':
      if (resume) return { state: planning ? 'planning' : 'running', reason: '' };
      return {
        state: 'paused',
        reason: 'Recovered after Redis was lost. Look at it, then resume it to go on.',
      };
  }
}
