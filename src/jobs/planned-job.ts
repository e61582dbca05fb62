import type { Job } from '../databricks/job.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { isOurs, type JobDefinition, OWNER_TAG } from './job-definition.ts';
import { findLiveJob } from './live-job.ts';
import { isSameNotebook, type NotebookFile, notebookFilesOf, storedNotebook } from './notebook-file.ts';
import { type SettingDifference, settingDifferences } from './settings-difference.ts';

/** A definition beside what the workspace has: everything that `jobs apply` has to know before it writes. */
export interface PlannedJob {
  readonly definition: JobDefinition;
  readonly live: Job | null;
  readonly differences: readonly SettingDifference[];
  readonly notebooks: readonly PlannedNotebook[];
  /** Paths of notebooks for which there is no file here. */
  readonly without: readonly string[];
}

export interface PlannedNotebook {
  readonly file: NotebookFile;
  /** What is at its path now. */
  readonly stored: NotebookFile | null;
  readonly imported: boolean;
}

/**
 * Looks and writes nothing.
 *
 * @throws BackfillError `ambiguous_job`, `job_not_managed`, `unknown_job` for a configured id that is gone,
 *   `configuration_invalid`, `workspace_*`
 */
export async function planJob(
  client: WorkspaceClient,
  definition: JobDefinition,
  { notebooksDir, adopt }: { notebooksDir: string; adopt: boolean },
): Promise<PlannedJob> {
  const { files, without } = await notebookFilesOf(definition, notebooksDir);
  const live = await findLiveJob(client, definition);
  if (live === null && definition.jobId !== null) throw jobGone(definition.key, definition.jobId);
  if (live !== null && !adopt && !isOurs(live.settings.tags)) throw notManaged(live);
  const notebooks = await Promise.all(
    files.map(async (file) => {
      const stored = await storedNotebook(client.files, file.path);
      return { file, stored, imported: stored !== null && isSameNotebook(file, stored) };
    }),
  );
  const { settings, confidential } = definition;
  const differences = live === null ? [] : settingDifferences(settings, live.rawSettings, confidential);
  return { definition, live, differences, notebooks, without };
}

export function jobGone(key: string, jobId: string): BackfillError {
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
