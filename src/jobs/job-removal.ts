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
}

export interface RemovalOptions {
  readonly client: WorkspaceClient;
  /** Say what would be deleted and delete nothing. */
  readonly dryRun?: boolean;
  /** Delete also a job that has live runs. */
  readonly withLiveRuns?: boolean;
  /** Delete also a job that lacks our tag. */
  readonly anyOwner?: boolean;
}

/**
 * Deletes the duplicates of a name. Everything is looked at first, and when one of them may not be deleted,
 * none is.
 *
 * @param name.keepLatest Keep the newest; true by default. False deletes every job of the name.
 * @param name.keepId The job to keep in place of the newest: the one that the configuration names.
 * @throws BackfillError `unknown_job` for a name that no job has, `job_has_live_runs`, `workspace_*`
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
  const kept = found.find(({ jobId }) => jobId === keepId) ?? found.at(-1);
  return remove(found, (job) => keepLatest && job === kept, options);
}

/**
 * Deletes one job.
 *
 * @throws BackfillError `unknown_job`, `ambiguous_job`, `job_not_managed`, `job_has_live_runs`, `workspace_*`
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
  { client, dryRun = false, withLiveRuns = false, anyOwner = false }: RemovalOptions,
): Promise<RemovedJob[]> {
  const planned: RemovedJob[] = [];
  for (const job of jobs) {
    const action = isKept(job) ? 'kept' : anyOwner || isOurs(job.settings.tags) ? 'deleted' : 'left';
    planned.push(describe(job, action, await countLiveRuns(client, job.jobId)));
  }
  const doomed = planned.filter(({ action }) => action === 'deleted');
  const busy = doomed.filter(({ liveRuns }) => liveRuns > 0);
  if (busy.length > 0 && !withLiveRuns) throw hasLiveRuns(busy);
  if (!dryRun) for (const { jobId } of doomed) await deleteOnce(client, jobId);
  return planned;
}

function describe(job: Job, action: RemovedJob['action'], liveRuns: number): RemovedJob {
  const { jobId, creatorUserName } = job;
  const createdAt = new Date(job.createdTimeMs).toISOString();
  return { jobId, name: job.settings.name, createdAt, creatorUserName, action, liveRuns };
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

function hasLiveRuns(busy: readonly RemovedJob[]): BackfillError {
  const jobs = busy.map(({ jobId, liveRuns }) => `${jobId} has ${liveRuns} live`).join(', ');
  return new BackfillError(
    'job_has_live_runs',
    `Nothing was deleted, because runs would be cancelled with their job: ${jobs}. Wait for them, or use --with-live-runs (with_live_runs).`,
    { details: { jobs: busy.map(({ jobId, liveRuns }) => ({ job_id: jobId, live_runs: liveRuns })) } },
  );
}
