import type { Run } from '../src/databricks/run.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';

/** `limit` of runs/list is documented as "less than 25". */
export const PAGE_SIZE = 24;
/** A few more than hold the 1,000 runs that a job may have at a time, all of which may end between two looks. */
const MAX_PAGES = 50;

/**
 * The ended runs of a job, whoever started them, newest first, page by page down to those that ended before
 * `untilMs`: of runs that ended in the same millisecond, some may have been seen and others not.
 */
export async function* endedRuns(
  client: WorkspaceClient,
  jobId: string,
  options: { untilMs: number; signal: AbortSignal },
): AsyncGenerator<readonly Run[]> {
  const { untilMs, signal } = options;
  let pageToken: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const filter = { jobId, completedOnly: true, limit: PAGE_SIZE, ...(pageToken !== null && { pageToken }) };
    const { runs, nextPageToken } = await client.jobs.listRuns(filter, { signal });
    yield runs.filter(({ phase }) => phase === 'terminated');
    pageToken = nextPageToken;
    if (pageToken === null || (runs.at(-1)?.endTimeMs ?? 0) < untilMs) return;
  }
}
