import { v7 as uuidV7 } from 'uuid';
import type { FactBus } from '../src/facts/fact-bus.ts';
import type { ResolvedJob } from '../src/jobs/resolve-job.ts';
import { runDeadlineMs } from '../src/planning/run-deadline.ts';
import type { RunSettings } from '../src/planning/run-settings.ts';
import type { BackfillQueues } from './backfill-queues.ts';
import type { BackfillView } from './plan/backfill-view.ts';
import type { NewBackfill } from './plan/new-backfill.ts';
import type { PlanStore } from './plan/plan-store.ts';

export interface CreationContext {
  readonly plans: PlanStore;
  readonly queues: BackfillQueues;
  readonly facts: FactBus;
}

/** What a request may say of how its dates run; what is undefined is as the job's policy has it. */
export interface AskedSettings extends Pick<NewBackfill, 'order' | 'reprocess' | 'priority'> {
  readonly max_active_runs?: number | undefined;
  readonly max_attempts?: number | undefined;
  readonly stop_after_failures?: number | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A backfill of a live job with a new id, ready to be stored. */
export function newBackfill(
  target: ResolvedJob,
  asked: AskedSettings,
  rest: Pick<NewBackfill, 'plan' | 'createdBy' | 'request' | 'retryOf' | 'retryTriggeredBy' | 'idempotency'>,
): NewBackfill {
  return {
    id: uuidV7(),
    job: target.jobName,
    jobId: target.jobId,
    maxConcurrentRuns: target.job.settings.maxConcurrentRuns,
    headroom: target.policy.headroom,
    order: asked.order,
    reprocess: asked.reprocess,
    priority: asked.priority,
    maxActiveRuns: asked.max_active_runs ?? null,
    maxAttempts: asked.max_attempts ?? target.policy.maxAttempts,
    stopAfterFailures: asked.stop_after_failures ?? null,
    runSettings: runSettings(target, asked),
    ...rest,
  };
}

/** After a backfill was stored: has its verdicts found by a worker; answers how it stands. */
export async function beginPlanning(
  { plans, queues, facts }: CreationContext,
  backfill: NewBackfill,
  { id, created }: { id: string; created: boolean },
): Promise<BackfillView> {
  const view = await plans.view(id);
  // Also for a repeated request: the first may have ended between these two steps.
  if (view.state === 'planning') await queues.addPlan(id);
  if (created) {
    const dates = backfill.plan.length;
    facts.emit({ type: 'backfill.created', backfill_id: id, dates, created_by: backfill.createdBy });
  }
  return view;
}

function runSettings({ policy, job }: ResolvedJob, { parameters }: AskedSettings): RunSettings {
  return {
    date_parameter: policy.dateParameter,
    end_date_parameter: policy.endDateParameter,
    date_format: policy.dateFormat,
    granularity: policy.granularity,
    parameter_style: policy.parameterStyle,
    parameters: { ...policy.parameters, ...parameters },
    retry_delay_ms: policy.retryDelayMs,
    max_retry_delay_ms: policy.maxRetryDelayMs,
    run_deadline_ms: runDeadlineMs(policy, job),
    success_with_failures: policy.successWithFailures,
    quality: policy.quality,
  };
}
