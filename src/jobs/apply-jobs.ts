import type { JobConfig } from '../config/config.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { jobDefinition } from './job-definition.ts';
import { JobWrites, type WrittenJob } from './job-writes.ts';
import { type PlannedJob, planJob } from './planned-job.ts';
import { refusedDefinition } from './refused-definition.ts';
import type { SettingDifference } from './settings-difference.ts';

/** What was done for one definition, or is going to be. */
export interface AppliedJob {
  readonly key: string;
  readonly name: string;
  /** Null only for a job that is still to be created. */
  readonly jobId: string | null;
  readonly action: 'created' | 'reset' | 'unchanged';
  /** What differed before. */
  readonly differences: readonly SettingDifference[];
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
  /** Called with all of them when everything has been looked at and nothing is written yet. */
  readonly onPlan?: (planned: readonly AppliedJob[]) => void;
  /** Called for each of them when all are written. */
  readonly onStep?: (applied: AppliedJob) => void;
}

/** After these the same definitions will be refused again; after any other failure, apply once more. */
const REFUSALS = ['workspace_rejected', 'workspace_forbidden'];

/**
 * Brings the jobs of the workspace to their definitions: imports their notebooks, creates a job that is
 * missing, resets one that differs, and sends nothing for one that does not. All of them are looked at
 * before the first is written, and when Databricks refuses one, what was written before is taken back.
 *
 * @throws BackfillError `ambiguous_job` for a name that several jobs have, `job_not_managed` for a job that
 *   is not ours (see `adopt`), `unknown_job` for a configured id that is gone, `definition_rejected`,
 *   `configuration_invalid`, `workspace_*`.
 */
export async function applyJobs(options: ApplyJobsOptions): Promise<AppliedJob[]> {
  const { client, notebooksDir, dryRun = false, adopt = false } = options;
  const plans: PlannedJob[] = [];
  for (const config of options.definitions) {
    const definition = jobDefinition(config);
    if (definition !== null) plans.push(await planJob(client, definition, { notebooksDir, adopt }));
  }
  const planned = plans.map((plan) => describe(plan, null));
  options.onPlan?.(planned);
  const applied = dryRun ? planned : await write(client, plans, options.onStep);
  if (dryRun) for (const job of applied) options.onStep?.(job);
  return applied;
}

async function write(
  client: WorkspaceClient,
  plans: readonly PlannedJob[],
  onStep: ApplyJobsOptions['onStep'],
): Promise<AppliedJob[]> {
  const writes = new JobWrites(client);
  const applied: AppliedJob[] = [];
  for (const plan of plans) {
    try {
      applied.push(describe(plan, await writes.write(plan)));
    } catch (failure) {
      if (!(failure instanceof BackfillError)) throw failure;
      if (!REFUSALS.includes(failure.code)) throw brokenOff(failure, plan.definition, writes.written);
      throw refusedDefinition(failure, plan.definition, await writes.undo());
    }
  }
  // Only now, since a refusal of the last would have taken the first back.
  for (const job of applied) onStep?.(job);
  return applied;
}

/** Says what is written already: it stays, since applying once more goes on from there. */
function brokenOff(
  failure: BackfillError,
  { key, name }: PlannedJob['definition'],
  written: readonly string[],
): BackfillError {
  const before = written.length === 0 ? 'nothing' : written.join(', ');
  return new BackfillError(
    failure.code,
    `${failure.message} This broke off at job "${name}"; written before: ${before}. Apply again to go on.`,
    {
      cause: failure,
      details: { ...failure.details, job: key, written },
      ...(failure.retryAfterMs !== null && { retryAfterMs: failure.retryAfterMs }),
    },
  );
}

function describe(plan: PlannedJob, written: WrittenJob | null): AppliedJob {
  const { definition, live } = plan;
  const differences = written?.differences ?? plan.differences;
  const created = written?.created ?? live === null;
  return {
    key: definition.key,
    name: definition.name,
    jobId: written?.jobId ?? live?.jobId ?? null,
    action: created ? 'created' : differences.length > 0 ? 'reset' : 'unchanged',
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
