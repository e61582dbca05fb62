import type { Config } from '../../src/config/config.ts';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { resolveJob } from '../../src/jobs/resolve-job.ts';
import { AskedParametersSchema } from '../../src/tables/asked-parameters.ts';
import type { CreationContext } from '../backfill-creation.ts';
import type { BackfillRecord } from '../plan/backfill-record.ts';
import type { BackfillView } from '../plan/backfill-view.ts';
import type { DateView } from '../plan/date-view.ts';
import type { NewBackfill } from '../plan/plan-store.ts';
import { startRetry } from './start-retry.ts';

export interface RetryRights extends CreationContext {
  readonly client: WorkspaceClient;
  readonly config: Pick<Config, 'jobs'>;
}

/**
 * Runs the failed dates of a backfill again, or some of them, as a new backfill that asks for what the first
 * one asked. The first may have ended or still run. A date that another backfill has in hand is left out.
 *
 * @param request.dates all failed dates if undefined.
 * @throws BackfillError not_found, nothing_to_retry, unknown_job, idempotency_key_reused, workspace_*
 */
export async function retryBackfill(
  context: RetryRights,
  id: string,
  request: {
    dates: readonly string[] | undefined;
    reason: string | undefined;
    caller: string;
    idempotency: NewBackfill['idempotency'];
  },
): Promise<BackfillView> {
  const record = await context.plans.requireRecord(id);
  const dates = await failedDates(context, record, request.dates);
  const target = await resolveJob(context.client, context.config, { jobId: record.job_id });
  const parameters = AskedParametersSchema.parse(record.request);
  const { backfill, contested } = await startRetry(context, target, {
    dates: dates.map(({ position_date, position_end_date }) => ({
      position_date,
      position_end_date,
      failed_attempt: null,
    })),
    asked: {
      order: record.order,
      priority: record.priority,
      max_active_runs: record.max_active_runs ?? undefined,
      max_attempts: record.max_attempts,
      stop_after_failures: record.stop_after_failures ?? undefined,
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
  if (backfill !== null) return backfill;
  const holders = [...new Set(contested.map((date) => date.backfill_id))];
  throw new BackfillError(
    'nothing_to_retry',
    `Every failed date is in the hands of another backfill already: ${holders.join(', ')}. Wait for its end.`,
    { details: { id, dates: contested } },
  );
}

async function failedDates(
  { plans }: RetryRights,
  { id, state }: BackfillRecord,
  asked: readonly string[] | undefined,
): Promise<readonly DateView[]> {
  const failed = await plans.dates(id, { state: 'failed' });
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
