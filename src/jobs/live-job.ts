import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';

/**
 * The live job of a definition: by its id where the configuration names one, else by its name; null when
 * there is none.
 *
 * @throws BackfillError `ambiguous_job` when several jobs have the name, with their ids.
 */
export async function findLiveJob(
  client: WorkspaceClient,
  sought: { name: string; jobId: string | null },
): Promise<Job | null> {
  if (sought.jobId !== null) return getLiveJob(client, sought.jobId);
  const found = await findJobsByName(client, sought.name);
  const [only] = found;
  if (only === undefined) return null;
  if (found.length === 1) return getLiveJob(client, only.jobId);
  const jobIds = found.map((job) => job.jobId);
  throw new BackfillError(
    'ambiguous_job',
    `${found.length} jobs are named "${sought.name}" (${jobIds.join(', ')}); name the one you mean by its id (--job-id, or job_id in a request or the configuration). Duplicates that nobody needs are deleted by \`backfill jobs cleanup ${JSON.stringify(sought.name)}\`.`,
    { details: { job: sought.name, job_ids: jobIds } },
  );
}

/** The job of that id, or null when the workspace has none. */
export async function getLiveJob(client: WorkspaceClient, jobId: string): Promise<Job | null> {
  try {
    return await client.jobs.get(jobId);
  } catch (failure) {
    if (failure instanceof BackfillError && failure.code === 'workspace_not_found') return null;
    throw failure;
  }
}

/** Jobs of exactly this name, oldest first. The workspace's filter ignores case, names do not. */
export async function findJobsByName(client: WorkspaceClient, name: string): Promise<Job[]> {
  const listed = await client.jobs.list({ name });
  // The workspace lists the newest first; so two of the same millisecond stay in their order.
  return listed
    .filter((job) => job.settings.name === name)
    .reverse()
    .sort((one, other) => one.createdTimeMs - other.createdTimeMs);
}
