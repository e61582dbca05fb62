import type { Config, JobConfig, JobPolicy } from '../config/config.ts';
import { defaultPolicy, policyFor } from '../config/job-policy.ts';
import { didYouMean, nearMatches } from '../config/near-match.ts';
import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { parameterStyleOf } from './declared-parameters.ts';
import { findLiveJob, getLiveJob } from './live-job.ts';

/** How a caller names the target job: key of the configuration or name, or Databricks id. */
export type JobSelector = { readonly job: string } | { readonly jobId: string };

/** The target job of a backfill, as it is in the workspace now. */
export interface ResolvedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly job: Job;
  /** The configured policy, else the default one; its parameterStyle is the one that this job takes. */
  readonly policy: JobPolicy;
}

/** How long the names of a workspace's jobs are looked through for a misspelt one. */
const NEAR_NAMES_TIMEOUT_MS = 2_000;

/**
 * Finds the job that a caller means: `job` is a key of the configuration first, then a name.
 *
 * @throws BackfillError `unknown_job` with near names, `ambiguous_job` with the ids, `undeclared_parameter`
 *   when the job would not see the date; `workspace_*`.
 */
export async function resolveJob(
  client: WorkspaceClient,
  config: Pick<Config, 'jobs'>,
  selector: JobSelector,
): Promise<ResolvedJob> {
  const { job, policy } =
    'jobId' in selector
      ? await byId(client, config, selector.jobId)
      : await byKeyOrName(client, config, selector.job);
  return {
    jobId: job.jobId,
    jobName: job.settings.name,
    job,
    policy: { ...policy, parameterStyle: parameterStyleOf(job, policy) },
  };
}

interface Found {
  job: Job;
  policy: JobPolicy;
}

async function byId(client: WorkspaceClient, config: Pick<Config, 'jobs'>, jobId: string): Promise<Found> {
  const job = await getLiveJob(client, jobId);
  if (job === null) {
    throw new BackfillError(
      'unknown_job',
      `The workspace has no job ${jobId}. Correct the id; \`backfill jobs list NAME\` shows those of a name.`,
      {
        details: { job_id: jobId },
      },
    );
  }
  return { job, policy: policyFor(config, { jobId, name: job.settings.name }) };
}

async function byKeyOrName(
  client: WorkspaceClient,
  config: Pick<Config, 'jobs'>,
  sought: string,
): Promise<Found> {
  const configured = configuredJob(config, sought);
  const job = await findLiveJob(client, configured ?? { name: sought, jobId: null });
  if (job !== null) return { job, policy: configured?.policy ?? defaultPolicy };
  if (configured !== undefined) throw notInWorkspace(configured);

  const names = await knownNames(client, config);
  throw new BackfillError(
    'unknown_job',
    `There is no job "${sought}" in the configuration or the workspace.${didYouMean(sought, names)} \`backfill jobs list\` shows those of the configuration.`,
    { details: { job: sought, near: nearMatches(sought, names) } },
  );
}

function configuredJob(config: Pick<Config, 'jobs'>, sought: string): JobConfig | undefined {
  if (Object.hasOwn(config.jobs, sought)) return config.jobs[sought];
  return Object.values(config.jobs).find((job) => job.name === sought);
}

function notInWorkspace(configured: JobConfig): BackfillError {
  const what = configured.jobId === null ? `job named "${configured.name}"` : `job ${configured.jobId}`;
  const remedy = configured.settings === null ? 'Correct its name or job_id.' : 'Run `backfill jobs apply`.';
  return new BackfillError(
    'unknown_job',
    `The configuration has "${configured.key}", but the workspace has no ${what}. ${remedy}`,
    { details: { job: configured.key, near: [] } },
  );
}

/** Names for a suggestion. A workspace may have thousands of jobs, so what is not listed in time is left out. */
async function knownNames(client: WorkspaceClient, config: Pick<Config, 'jobs'>): Promise<Set<string>> {
  const configured = Object.values(config.jobs).flatMap((job) => [job.key, job.name]);
  try {
    const live = await client.jobs.list({}, { signal: AbortSignal.timeout(NEAR_NAMES_TIMEOUT_MS) });
    return new Set([...configured, ...live.map((job) => job.settings.name)]);
  } catch {
    return new Set(configured);
  }
}
