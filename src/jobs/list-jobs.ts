import type { JobConfig } from '../config/config.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { isOurs, jobDefinition } from './job-definition.ts';
import { findJobsByName, getLiveJob } from './live-job.ts';
import { differingSettings } from './settings-difference.ts';

/** A job of the configuration beside what the workspace has. */
export interface ListedJob {
  readonly key: string;
  readonly name: string;
  /**
   * `missing`: no such job. `ambiguous`: several of the name. `external`: there, and not defined by us.
   * `not_managed`: defined by us, but the live job lacks our tag. `differs`: `jobs apply` would reset it.
   */
  readonly state: 'missing' | 'ambiguous' | 'external' | 'not_managed' | 'differs' | 'in_sync';
  /** Live jobs of the name, oldest first. */
  readonly jobIds: readonly string[];
  /** Of the live job, where there is exactly one. */
  readonly maxConcurrentRuns: number | null;
  /** Settings in which the live job differs from the definition. */
  readonly differences: readonly string[];
}

/** Every job of the configuration against the workspace, in the order of the configuration. */
export async function listJobs(client: WorkspaceClient, jobs: readonly JobConfig[]): Promise<ListedJob[]> {
  const listed: ListedJob[] = [];
  for (const config of jobs) listed.push(await listJob(client, config));
  return listed;
}

async function listJob(client: WorkspaceClient, config: JobConfig): Promise<ListedJob> {
  const jobIds = await liveJobIds(client, config);
  const base = { key: config.key, name: config.name, jobIds, maxConcurrentRuns: null, differences: [] };
  const [jobId] = jobIds;
  if (jobId === undefined) return { ...base, state: 'missing' };
  if (jobIds.length > 1) return { ...base, state: 'ambiguous' };
  const live = await getLiveJob(client, jobId);
  if (live === null) return { ...base, jobIds: [], state: 'missing' };

  const found = { ...base, maxConcurrentRuns: live.settings.maxConcurrentRuns };
  const definition = jobDefinition(config);
  if (definition === null) return { ...found, state: 'external' };
  const differences = differingSettings(definition.settings, live.rawSettings);
  if (!isOurs(live.settings.tags)) return { ...found, state: 'not_managed', differences };
  return { ...found, state: differences.length > 0 ? 'differs' : 'in_sync', differences };
}

async function liveJobIds(client: WorkspaceClient, config: JobConfig): Promise<string[]> {
  if (config.jobId !== null) return [config.jobId];
  return (await findJobsByName(client, config.name)).map((job) => job.jobId);
}
