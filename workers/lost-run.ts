import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { type AttemptContext, runParameters } from './attempt-context.ts';

/** As many as `runs/list` gives at a time. */
const PAGE_SIZE = 24;

/**
 * Looks among the live runs of the job for the one that a post of this attempt has made, for when the token
 * cannot be asked any more. Answers its id; null if none, or more than one, has all parameters of the attempt.
 * @throws BackfillError workspace_*
 */
export async function findLostRun(
  context: AttemptContext,
  client: WorkspaceClient,
  signal: AbortSignal,
): Promise<string | null> {
  const wanted = Object.entries(runParameters(context));
  const found: string[] = [];
  let pageToken: string | null = null;
  do {
    const { runs, nextPageToken } = await client.jobs.listRuns(
      {
        jobId: context.backfill.job_id,
        activeOnly: true,
        limit: PAGE_SIZE,
        ...(pageToken !== null && { pageToken }),
      },
      { signal },
    );
    for (const { runId, parameters } of runs) {
      if (wanted.every(([name, value]) => parameters[name] === value)) found.push(runId);
    }
    pageToken = nextPageToken;
  } while (pageToken !== null);
  const [only] = found;
  return found.length === 1 && only !== undefined ? only : null;
}
