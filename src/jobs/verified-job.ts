import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { isOurs } from './job-definition.ts';
import { getLiveJob } from './live-job.ts';
import type { SystemJobs } from './system-jobs.ts';

/** A job of a name, as the Jobs API and `system.lakeflow.jobs` know it. */
export interface VerifiedJob {
  readonly jobId: string;
  /**
   * `api`: the table does not have it (yet; it lags by hours), or was not read. `system_table`: it has been
   * deleted, and the table does not know yet. `renamed`: the table has an earlier name.
   */
  readonly found: 'both' | 'api' | 'system_table' | 'renamed';
  /** Whether both say the same; null where the table was not read. */
  readonly agree: boolean | null;
  /** Whether it has our tag; false for one that is gone. */
  readonly managed: boolean;
  readonly createdAt: string | null;
  readonly creatorUserName: string | null;
}

/** Looks at each job of a name in both places, since either alone may be wrong; oldest first, gone ones last. */
export async function verifyJobs(
  client: WorkspaceClient,
  name: string,
  live: readonly Job[],
  { jobs: all }: SystemJobs,
): Promise<VerifiedJob[]> {
  if (all === null) return live.map((job) => describe(job, 'api', null));
  const inTable = all.filter((job) => job.name === name).map(({ jobId }) => jobId);
  const verified = live.map((job) =>
    inTable.includes(job.jobId) ? describe(job, 'both', true) : describe(job, 'api', false),
  );
  for (const jobId of inTable.filter((id) => live.every((job) => job.jobId !== id))) {
    const job = await getLiveJob(client, jobId);
    verified.push(job === null ? gone(jobId) : describe(job, 'renamed', false));
  }
  return verified;
}

function describe(job: Job, found: VerifiedJob['found'], agree: boolean | null): VerifiedJob {
  return {
    jobId: job.jobId,
    found,
    agree,
    managed: isOurs(job.settings.tags),
    createdAt: new Date(job.createdTimeMs).toISOString(),
    creatorUserName: job.creatorUserName,
  };
}

function gone(jobId: string): VerifiedJob {
  const unknown = { createdAt: null, creatorUserName: null, managed: false };
  return { jobId, found: 'system_table', agree: false, ...unknown };
}
