import { createHash } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import type { BackfillQueues } from '../queues/backfill-queues.ts';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { NewBackfill, PlanStore } from '../queues/plan/plan-store.ts';
import { plannedDate } from '../queues/plan/plan-window.ts';
import type { FactBus } from '../src/facts/fact-bus.ts';
import { runDeadlineMs } from '../src/planning/run-deadline.ts';
import type { RunSettings } from '../src/planning/run-settings.ts';
import type { Caller } from './authentication.ts';
import type { PlannedBackfill } from './planned-backfill.ts';

export interface CreationContext {
  readonly plans: PlanStore;
  readonly queues: BackfillQueues;
  readonly facts: FactBus;
}

/** The view of a backfill just made, with what its maker should know. */
export type CreatedBackfill = BackfillView & { warnings: string[] };

/** From so many dates on, a mistake in the request costs enough runs to say so. */
const MANY_DATES = 500;

/**
 * Stores a planned backfill and has its verdicts found by a worker. `body` is the request as it came: it is
 * what `request` shows, and with the same key it must be the same.
 * @throws BackfillError idempotency_key_reused
 */
export async function createBackfill(
  { plans, queues, facts }: CreationContext,
  planned: PlannedBackfill,
  from: { caller: Caller; body: unknown; idempotencyKey: string | null },
): Promise<CreatedBackfill> {
  const backfill = newBackfill(planned, from);
  const { id, created } = await plans.create(backfill);
  const view = await plans.view(id);
  // Also for a repeated request: the first may have ended between these two steps.
  if (view.state === 'planning') await queues.addPlan(id);
  if (created) {
    const dates = backfill.plan.length;
    facts.emit({ type: 'backfill.created', backfill_id: id, dates, created_by: backfill.createdBy });
  }
  return { ...view, warnings: warningsOf(planned) };
}

function newBackfill(
  { request, target, dates }: PlannedBackfill,
  from: { caller: Caller; body: unknown; idempotencyKey: string | null },
): NewBackfill {
  return {
    id: uuidV7(),
    job: target.jobName,
    jobId: target.jobId,
    maxConcurrentRuns: target.job.settings.maxConcurrentRuns,
    headroom: target.policy.headroom,
    order: request.order,
    reprocess: request.reprocess,
    priority: request.priority,
    maxActiveRuns: request.max_active_runs ?? null,
    maxAttempts: request.max_attempts ?? target.policy.maxAttempts,
    stopAfterFailures: request.stop_after_failures ?? null,
    createdBy: from.caller.name,
    retryOf: null,
    request: from.body as Record<string, unknown>,
    runSettings: runSettings({ request, target }),
    plan: dates.map(plannedDate),
    idempotency: from.idempotencyKey === null ? null : idempotency(from.idempotencyKey, from),
  };
}

function runSettings({ request, target }: Pick<PlannedBackfill, 'request' | 'target'>): RunSettings {
  const { policy, job } = target;
  return {
    date_parameter: policy.dateParameter,
    end_date_parameter: policy.endDateParameter,
    date_format: policy.dateFormat,
    granularity: policy.granularity,
    parameter_style: policy.parameterStyle,
    parameters: { ...policy.parameters, ...request.parameters },
    retry_delay_ms: policy.retryDelayMs,
    max_retry_delay_ms: policy.maxRetryDelayMs,
    run_deadline_ms: runDeadlineMs(policy, job),
    success_with_failures: policy.successWithFailures,
    quality: policy.quality,
  };
}

/** Keys are the caller's own: two callers may both count from 1. */
function idempotency(
  key: string,
  { caller, body }: { caller: Caller; body: unknown },
): { key: string; bodyDigest: string } {
  const bodyDigest = createHash('sha256')
    .update(JSON.stringify(ordered(body)))
    .digest('hex');
  return { key: `${caller.name}:${key}`, bodyDigest };
}

/** The order of fields is no difference between two bodies. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, ordered(inner)]);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function warningsOf({ request, dates }: PlannedBackfill): string[] {
  const toRun = dates.filter(({ reason }) => reason === null).length;
  if (toRun <= MANY_DATES || request.stop_after_failures !== undefined) return [];
  return [
    `Up to ${toRun} dates run without stop_after_failures: if the job is broken, every one of them fails. Set it, such as to 10, to pause instead.`,
  ];
}
