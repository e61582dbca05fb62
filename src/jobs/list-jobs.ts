import type { JobConfig } from '../config/config.ts';
import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { isOurs, jobDefinition } from './job-definition.ts';
import { findJobsByName, getLiveJob } from './live-job.ts';
import { type SettingDifference, settingDifferences } from './settings-difference.ts';
import { readSystemJobs, type SystemTableSource } from './system-jobs.ts';
import { type VerifiedJob, verifyJobs } from './verified-job.ts';

/** A job of the configuration, or a name that is asked for, beside what the workspace has. */
export interface ListedJob {
  /** Null for a name that the configuration does not have. */
  readonly key: string | null;
  readonly name: string;
  /**
   * `missing`: no such job. `optional`: none, and none is made unless it is named. `ambiguous`: several of
   * the name. `external`: there, and not defined by us. `not_managed`: defined by us, but the live job lacks
   * our tag. `differs`: `jobs apply` would reset it.
   */
  readonly state: 'missing' | 'optional' | 'ambiguous' | 'external' | 'not_managed' | 'differs' | 'in_sync';
  /** Live jobs of the name, oldest first. */
  readonly jobIds: readonly string[];
  /** Of the live job, where there is exactly one. */
  readonly maxConcurrentRuns: number | null;
  /** Settings in which the live job differs from the definition. */
  readonly differences: readonly SettingDifference[];
  /** Every job of the name, with what the API and the system table say of it. */
  readonly jobs: readonly VerifiedJob[];
}

export interface JobList {
  readonly items: readonly ListedJob[];
  /** Why the system table was not read, or null. */
  readonly note: string | null;
}

/**
 * Jobs of the configuration against the workspace, in the order of the configuration; with a name, the
 * jobs of that name, which may also be a key of the configuration.
 *
 * @throws BackfillError `workspace_*`
 */
export async function listJobs(
  source: SystemTableSource,
  configured: readonly JobConfig[],
  name?: string,
): Promise<JobList> {
  const sought = name === undefined ? configured : [soughtJob(configured, name)];
  const system = await readSystemJobs(
    source,
    sought.map((job) => job.name),
  );
  const items: ListedJob[] = [];
  for (const job of sought) {
    const live = await liveJobs(source.client, job);
    const jobs = await verifyJobs(source.client, job.name, live, system);
    items.push({ ...(await compare(source.client, job, live)), jobs });
  }
  return { items, note: system.note };
}

type SoughtJob = Pick<JobConfig, 'name' | 'jobId'> & { readonly key: string | null };

function soughtJob(configured: readonly JobConfig[], name: string): JobConfig | SoughtJob {
  const byKey = configured.find((job) => job.key === name) ?? configured.find((job) => job.name === name);
  return byKey ?? { key: null, name, jobId: null };
}

async function liveJobs(client: WorkspaceClient, { name, jobId }: SoughtJob): Promise<Job[]> {
  if (jobId === null) return findJobsByName(client, name);
  const job = await getLiveJob(client, jobId);
  return job === null ? [] : [job];
}

async function compare(
  client: WorkspaceClient,
  sought: JobConfig | SoughtJob,
  live: readonly Job[],
): Promise<Omit<ListedJob, 'jobs'>> {
  const jobIds = live.map((job) => job.jobId);
  const base = { key: sought.key, name: sought.name, jobIds, maxConcurrentRuns: null, differences: [] };
  const [first] = live;
  const optional = 'optional' in sought && sought.optional === true;
  if (first === undefined) return { ...base, state: optional ? 'optional' : 'missing' };
  if (live.length > 1) return { ...base, state: 'ambiguous' };
  // The list shows no more than a hundred tasks.
  const job = await getLiveJob(client, first.jobId);
  if (job === null) return { ...base, jobIds: [], state: 'missing' };

  const found = { ...base, maxConcurrentRuns: job.settings.maxConcurrentRuns };
  const definition = 'policy' in sought ? jobDefinition(sought) : null;
  if (definition === null) return { ...found, state: 'external' };
  const { settings, confidential } = definition;
  const differences = settingDifferences(settings, job.rawSettings, confidential);
  if (!isOurs(job.settings.tags)) return { ...found, state: 'not_managed', differences };
  return { ...found, state: differences.length > 0 ? 'differs' : 'in_sync', differences };
}
