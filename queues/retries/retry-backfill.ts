import { z } from 'zod';
import type { Config } from '../../src/config/config.ts';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { type ResolvedJob, resolveJob } from '../../src/jobs/resolve-job.ts';
import { AskedParametersSchema } from '../../src/tables/asked-parameters.ts';
import type { StoredSettings } from '../../src/tables/backfill-request.ts';
import type { BackfillState } from '../../src/tables/backfill-row.ts';
import type { CreationContext } from '../backfill-creation.ts';
import type { BackfillView } from '../plan/backfill-view.ts';
import type { DateView } from '../plan/date-view.ts';
import type { NewBackfill } from '../plan/new-backfill.ts';
import { startRetry } from './start-retry.ts';
import type { LeftOut } from './sweep-choice.ts';

const RetriedDatesSchema = z.object({ dates: z.array(z.string()) });

export interface RetryRights extends CreationContext {
  readonly client: WorkspaceClient;
  readonly config: Pick<Config, 'jobs'>;
}

/** A backfill whose failed dates run again: as Redis has it, or as the tables tell of it. */
export interface RetriedBackfill {
  readonly id: string;
  readonly jobId: string;
  readonly state: BackfillState;
  readonly settings: Pick<
    StoredSettings,
    'order' | 'priority' | 'max_active_runs' | 'max_attempts' | 'stop_after_failures'
  >;
  /** What was asked, as it was asked. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly failed: readonly DateView[];
}

/**
 * Runs the failed dates of a backfill again, or some of them, as a new backfill that asks for what the first
 * one asked. The first may have ended or still run. A date that another backfill has in hand is left out, and
 * named in the answer.
 *
 * @param request.dates all failed dates if undefined.
 * @throws BackfillError nothing_to_retry, unknown_job, idempotency_key_reused, workspace_*
 */
export async function retryBackfill(
  context: RetryRights,
  retried: RetriedBackfill,
  request: {
    dates: readonly string[] | undefined;
    reason: string | undefined;
    caller: string;
    idempotency: NewBackfill['idempotency'];
  },
): Promise<BackfillView & { left_out: LeftOut[] }> {
  const { id, settings } = retried;
  const dates = wantedDates(retried, request.dates);
  const target = await resolveJob(context.client, context.config, { jobId: retried.jobId });
  const parameters = AskedParametersSchema.parse(retried.asked);
  const { backfill, contested } = await startRetry(context, target, {
    dates: dates.map(({ position_date, position_end_date }) => ({
      position_date,
      position_end_date,
      failed_attempt: null,
    })),
    asked: {
      order: settings.order,
      priority: settings.priority,
      max_active_runs: settings.max_active_runs ?? undefined,
      max_attempts: settings.max_attempts,
      stop_after_failures: settings.stop_after_failures ?? undefined,
      parameters,
    },
    createdBy: request.caller,
    triggeredBy: request.caller,
    retryOf: id,
    shown: {
      retry_of: id,
      ...(Object.keys(parameters).length > 0 && { parameters }),
      ...(request.reason !== undefined && { reason: request.reason }),
    },
    idempotency: request.idempotency,
  });
  if (backfill !== null) {
    // Of what was stored: the same idempotency key answers the same, also when the dates are free by then.
    const taken = new Set(RetriedDatesSchema.parse(backfill.request).dates);
    const left = dates.filter(({ position_date }) => !taken.has(position_date));
    return { ...backfill, left_out: left.map(({ position_date }) => leftOut(target, position_date)) };
  }
  const holders = [...new Set(contested.map((date) => date.backfill_id))];
  throw new BackfillError(
    'nothing_to_retry',
    `Every failed date is in the hands of another backfill already: ${holders.join(', ')}. Wait for its end.`,
    { details: { id, dates: contested } },
  );
}

function leftOut({ jobId, jobName }: ResolvedJob, positionDate: string): LeftOut {
  return { job_id: jobId, job: jobName, position_date: positionDate, reason: 'live' };
}

function wantedDates(
  { id, state, failed }: RetriedBackfill,
  asked: readonly string[] | undefined,
): readonly DateView[] {
  const wanted = new Set(asked);
  const others = [...wanted].filter((date) => !failed.some(({ position_date }) => position_date === date));
  if (others.length > 0) {
    throw nothingToRetry(id, `${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} not failed in it`);
  }
  if (failed.length === 0) {
    throw nothingToRetry(id, `no date of it has failed${state.startsWith('complet') ? '' : ' so far'}`);
  }
  return asked === undefined ? failed : failed.filter(({ position_date }) => wanted.has(position_date));
}

function nothingToRetry(id: string, why: string): BackfillError {
  return new BackfillError(
    'nothing_to_retry',
    `Backfill ${id} has nothing to retry: ${why}. \`backfill status ${id}\` shows its dates.`,
    { details: { id } },
  );
}
