import type { JobConfig } from '../config/config.ts';
import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { isOurs, type JobDefinition, jobDefinition, OWNER_TAG } from './job-definition.ts';
import { findLiveJob } from './live-job.ts';
import { importNotebook, isImported, type NotebookFile, notebookFilesOf } from './notebook-file.ts';
import { differingSettings } from './settings-difference.ts';

/** What was done for one definition, or would be done on a dry run. */
export interface AppliedJob {
  readonly key: string;
  readonly name: string;
  /** Null only for a job that a dry run would create. */
  readonly jobId: string | null;
  readonly action: 'created' | 'reset' | 'unchanged';
  /** Settings that differed before a reset. */
  readonly differences: readonly string[];
  /** Notebooks of its tasks: written, equal already, or with no file of ours. */
  readonly notebooks: readonly { path: string; action: 'imported' | 'unchanged' | 'not_ours' }[];
  /** Keys of the definition that the Jobs API does not take, such as `permissions`. */
  readonly ignored: readonly string[];
}

export interface ApplyJobsOptions {
  readonly client: WorkspaceClient;
  /** Jobs of the configuration; those without settings are left alone. */
  readonly definitions: readonly JobConfig[];
  /** Directory with the notebooks' files. */
  readonly notebooksDir: string;
  /** Say what would be done and send nothing that writes. */
  readonly dryRun?: boolean;
  /** Take over a job of the same name that lacks our tag. */
  readonly adopt?: boolean;
  /** Called after each job. */
  readonly onStep?: (applied: AppliedJob) => void;
}

interface PlannedJob {
  definition: JobDefinition;
  live: Job | null;
  differences: string[];
  notebooks: { file: NotebookFile; imported: boolean }[];
  without: string[];
}

/**
 * Brings the jobs of the workspace to their definitions: imports their notebooks, creates a job that is
 * missing, resets one that differs, and sends nothing for one that does not. All of them are looked at
 * before the first is written.
 *
 * @throws BackfillError `ambiguous_job` for a name that several jobs have, `job_not_managed` for a job that
 *   is not ours (see `adopt`), `unknown_job` for a configured id that is gone, `configuration_invalid`,
 *   `workspace_*`.
 */
export async function applyJobs(options: ApplyJobsOptions): Promise<AppliedJob[]> {
  const { client, notebooksDir, dryRun = false, adopt = false } = options;
  const planned: PlannedJob[] = [];
  for (const config of options.definitions) {
    const definition = jobDefinition(config);
    if (definition !== null) planned.push(await planJob(client, definition, notebooksDir, adopt));
  }
  const applied: AppliedJob[] = [];
  for (const plan of planned) {
    const done = describe(plan, dryRun ? jobIdOf(plan) : await carryOut(client, plan));
    applied.push(done);
    options.onStep?.(done);
  }
  return applied;
}

async function planJob(
  client: WorkspaceClient,
  definition: JobDefinition,
  notebooksDir: string,
  adopt: boolean,
): Promise<PlannedJob> {
  const { files, without } = await notebookFilesOf(definition.settings, notebooksDir);
  const live = await findLiveJob(client, definition);
  if (live === null && definition.jobId !== null) throw jobGone(definition.key, definition.jobId);
  if (live !== null && !adopt && !isOurs(live.settings.tags)) throw notManaged(live);
  const notebooks = await Promise.all(
    files.map(async (file) => ({ file, imported: await isImported(client.files, file) })),
  );
  const differences = live === null ? [] : differingSettings(definition.settings, live.rawSettings);
  return { definition, live, differences, notebooks, without };
}

/** Notebooks come first: a job is never there before what it runs. */
async function carryOut(client: WorkspaceClient, plan: PlannedJob): Promise<string> {
  for (const { file, imported } of plan.notebooks) {
    if (!imported) await importNotebook(client.files, file);
  }
  const { live, definition } = plan;
  if (live === null) return (await client.jobs.create(definition.settings)).jobId;
  if (plan.differences.length > 0) await client.jobs.reset(live.jobId, definition.settings);
  return live.jobId;
}

function describe(plan: PlannedJob, jobId: string | null): AppliedJob {
  const { definition, live, differences } = plan;
  const action = live === null ? 'created' : differences.length > 0 ? 'reset' : 'unchanged';
  return {
    key: definition.key,
    name: definition.name,
    jobId,
    action,
    differences,
    notebooks: [
      ...plan.notebooks.map(({ file, imported }) => ({
        path: file.path,
        action: imported ? ('unchanged' as const) : ('imported' as const),
      })),
      ...plan.without.map((path) => ({ path, action: 'not_ours' as const })),
    ],
    ignored: definition.ignored,
  };
}

function jobIdOf(plan: PlannedJob): string | null {
  return plan.live?.jobId ?? null;
}

function jobGone(key: string, jobId: string): BackfillError {
  return new BackfillError(
    'unknown_job',
    `The workspace has no job ${jobId}, which the configuration names for "${key}"; correct job_id, or leave it out to find or create the job by its name.`,
    { details: { job: key, job_id: jobId } },
  );
}

function notManaged(live: Job): BackfillError {
  return new BackfillError(
    'job_not_managed',
    `Job "${live.settings.name}" (${live.jobId}) has no tag ${OWNER_TAG.key}=${OWNER_TAG.value}, so it was made by someone else and is left as it is. Use --adopt to take it over, or give yours another name.`,
    { details: { job: live.settings.name, job_id: live.jobId } },
  );
}
