import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { isOurs } from './job-definition.ts';
import { findJobsByName, findLiveJob } from './live-job.ts';

/** What became of one job, or would on a dry run. */
export interface RemovedJob {
  readonly jobId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly creatorUserName: string | null;
  /** `left`: made by someone else, see `anyOwner`. */
  readonly action: 'kept' | 'deleted' | 'left';
  /** Runs that are not terminated; Databricks cancels them with the job. */
  readonly liveRuns: number;
  /** Ids of unfinished backfills of it, none where the plans were not asked: they would start no more runs. */
  readonly openBackfills: readonly string[];
}

export interface RemovalOptions {
  readonly client: WorkspaceClient;
  /** Say what would be deleted and delete nothing. */
  readonly dryRun?: boolean;
  /** Delete also a job that has live runs or unfinished backfills. */
  readonly withLiveRuns?: boolean;
  /** Ids of the unfinished backfills of a job, where the plans can be asked. */
  readonly openBackfills?: (jobId: string) => Promise<readonly string[]>;
  /** Delete also a job that lacks our tag. */
  readonly anyOwner?: boolean;
}

/**
 * Deletes the duplicates of a name. Everything is looked at first, and when one of them may not be deleted,
 * none is. A dry run shows also what could not be deleted yet, see {@link liveRunsObstacle}.
 *
 * @param name.keepLatest Keep the newest; true by default. False deletes every job of the name.
 * @param name.keepId The job to keep in place of the newest: the one that the configuration names.
 * @throws BackfillError `unknown_job` for a name that no job has, `job_not_managed` where the newest is not
 *   ours and would be kept in place of one that is, `job_has_live_runs`, `workspace_*`
 */
export async function cleanUpJobs(
  { name, keepLatest = true, keepId = null }: { name: string; keepLatest?: boolean; keepId?: string | null },
  options: RemovalOptions,
): Promise<RemovedJob[]> {
  const found = await findJobsByName(options.client, name);
  if (found.length === 0) {
    throw new BackfillError('unknown_job', `The workspace has no job named "${name}".`, {
      details: { job: name },
    });
  }
  const chosen = found.find(({ jobId }) => jobId === keepId);
  const newest = found.at(-1);
  const kept = chosen ?? newest;
  const losesOurs = found.some((job) => job !== newest && isOurs(job.settings.tags));
  if (keepLatest && !chosen && newest && !isOurs(newest.settings.tags) && losesOurs && !options.anyOwner) {
    throw newestIsTheirs(newest);
  }
  return remove(found, (job) => keepLatest && job === kept, options);
}

/**
 * Deletes one job.
 *
 * @throws BackfillError `unknown_job`, `ambiguous_job`, `job_not_managed`, `job_has_live_runs` unless it is a
 *   dry run, `workspace_*`
 */
export async function deleteJob(
  sought: { name: string; jobId: string | null },
  options: RemovalOptions,
): Promise<RemovedJob> {
  const job = await findLiveJob(options.client, sought);
  const [removed] = job === null ? [] : await remove([job], () => false, options);
  if (removed === undefined) {
    const what = sought.jobId === null ? `job named "${sought.name}"` : `job ${sought.jobId}`;
    throw new BackfillError('unknown_job', `The workspace has no ${what}.`, {
      details: { job: sought.name, job_id: sought.jobId },
    });
  }
  if (removed.action === 'deleted') return removed;
  throw new BackfillError(
    'job_not_managed',
    `Job "${removed.name}" (${removed.jobId}) was made by someone else, so it is left as it is. Use --any-owner (any_owner) to delete it all the same.`,
    { details: { job: removed.name, job_id: removed.jobId } },
  );
}

async function remove(
  jobs: readonly Job[],
  isKept: (job: Job) => boolean,
  { client, dryRun = false, withLiveRuns = false, anyOwner = false, openBackfills }: RemovalOptions,
): Promise<RemovedJob[]> {
  const planned: RemovedJob[] = [];
  for (const job of jobs) {
    const action = isKept(job) ? 'kept' : anyOwner || isOurs(job.settings.tags) ? 'deleted' : 'left';
    const liveRuns = await countLiveRuns(client, job.jobId);
    planned.push(describe(job, action, liveRuns, (await openBackfills?.(job.jobId)) ?? []));
  }
  if (dryRun) return planned;
  const obstacle = withLiveRuns ? null : liveRunsObstacle(planned);
  if (obstacle !== null) throw obstacle;
  const doomed = planned.filter(({ action }) => action === 'deleted').map(({ jobId }) => jobId);
  for (const [index, jobId] of doomed.entries()) {
    try {
      await deleteOnce(client, jobId);
    } catch (failure) {
      throw brokenOff(failure, doomed.slice(0, index), doomed.slice(index));
    }
  }
  return planned;
}

/** Why these jobs are not deleted without `withLiveRuns`; null when no run lives and no backfill is unfinished. */
export function liveRunsObstacle(planned: readonly RemovedJob[]): BackfillError | null {
  const busy = planned.filter(({ action, liveRuns }) => action === 'deleted' && liveRuns > 0);
  if (busy.length === 0) return openBackfillsObstacle(planned);
  const jobs = busy.map(({ jobId, liveRuns }) => `job ${jobId} has ${liveRuns} live run${plural(liveRuns)}`);
  return new BackfillError(
    'job_has_live_runs',
    `Nothing was deleted: ${jobs.join(', ')}, which Databricks would cancel. Wait for their end, or use --with-live-runs (with_live_runs).`,
    { details: { jobs: busy.map(({ jobId, liveRuns }) => ({ job_id: jobId, live_runs: liveRuns })) } },
  );
}

/** Between two dates a backfill has no live run, and still needs its job. */
function openBackfillsObstacle(planned: readonly RemovedJob[]): BackfillError | null {
  const busy = planned.filter(
    ({ action, openBackfills }) => action === 'deleted' && openBackfills.length > 0,
  );
  if (busy.length === 0) return null;
  const jobs = busy.map(
    ({ jobId, openBackfills: ids }) =>
      `job ${jobId} has ${ids.length} unfinished backfill${plural(ids.length)} (${ids.join(', ')})`,
  );
  return new BackfillError(
    'job_has_live_runs',
    `Nothing was deleted: ${jobs.join(', ')}. Wait for their end or cancel them, or use --with-live-runs (with_live_runs).`,
    {
      details: {
        jobs: busy.map(({ jobId, openBackfills: ids }) => ({ job_id: jobId, open_backfills: ids })),
      },
    },
  );
}

function describe(
  job: Job,
  action: RemovedJob['action'],
  liveRuns: number,
  openBackfills: readonly string[],
): RemovedJob {
  const { jobId, creatorUserName } = job;
  const createdAt = new Date(job.createdTimeMs).toISOString();
  return { jobId, name: job.settings.name, createdAt, creatorUserName, action, liveRuns, openBackfills };
}

/** A job that somebody else deletes first is as gone as it should be. */
async function deleteOnce(client: WorkspaceClient, jobId: string): Promise<void> {
  try {
    await client.jobs.delete(jobId);
  } catch (failure) {
    if (!(failure instanceof BackfillError) || failure.code !== 'workspace_not_found') throw failure;
  }
}

async function countLiveRuns(client: WorkspaceClient, jobId: string): Promise<number> {
  let count = 0;
  let pageToken: string | null = null;
  do {
    const page = await client.jobs.listRuns({
      jobId,
      activeOnly: true,
      limit: 24,
      ...(pageToken !== null && { pageToken }),
    });
    count += page.runs.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return count;
}

function newestIsTheirs({ jobId, settings }: Job): BackfillError {
  return new BackfillError(
    'job_not_managed',
    `Nothing was deleted: the newest job named "${settings.name}" (${jobId}) was made by someone else, and the older ones that we made would go. Delete the one that you do not want by its id (\`backfill jobs delete --job-id\`), or use --any-owner (any_owner) to keep the newest only.`,
    { details: { job: settings.name, job_id: jobId } },
  );
}

/** Says what is gone already: the caller would believe that nothing was done. */
function brokenOff(failure: unknown, deleted: readonly string[], remaining: readonly string[]): unknown {
  if (!(failure instanceof BackfillError)) return failure;
  const done = deleted.length === 0 ? 'Nothing was deleted.' : `Deleted before: ${deleted.join(', ')}.`;
  return new BackfillError(failure.code, `${failure.message} ${done} Not deleted: ${remaining.join(', ')}.`, {
    cause: failure,
    details: { ...failure.details, deleted, remaining },
    ...(failure.retryAfterMs !== null && { retryAfterMs: failure.retryAfterMs }),
  });
}

function plural(count: number): string {
  return count === 1 ? '' : 's';
}
