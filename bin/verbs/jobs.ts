import type { Command } from 'commander';
import { didYouMean } from '../../src/config/near-match.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { AppliedJob } from '../../src/jobs/apply-jobs.ts';
import type { CommandContext } from '../command-context.ts';
import { notebooksDir } from '../package-root.ts';
import { printJson } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface ApplyOptions {
  job?: string;
  dryRun?: true;
  adopt?: true;
  json?: true;
}

export function addJobsVerbs(program: Command, context: CommandContext): void {
  const jobs = program
    .command('jobs')
    .description('the jobs of the configuration and those of the workspace');
  jobs
    .command('list')
    .description('compare the jobs of the configuration with those of the workspace')
    .option('--json', 'print the jobs as JSON')
    .action((options: { json?: true }) => list(options, context));
  jobs
    .command('apply')
    .description('import the notebooks, create the jobs that are missing, reset those that differ')
    .option('--job <key>', 'this job only, by its key in the configuration')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--adopt', 'take over a job of the same name that something else made')
    .option('--json', 'print what was done as JSON')
    .action((options: ApplyOptions) => apply(options, context));
}

async function list(options: { json?: true }, context: CommandContext): Promise<void> {
  const { WorkspaceSession } = await import('../workspace-session.ts');
  const { listJobs } = await import('../../src/jobs/list-jobs.ts');
  const config = await context.config();
  await using session = new WorkspaceSession(config);
  const jobs = await listJobs(session.client, Object.values(config.jobs));
  if (options.json) return printJson(context.terminal, jobs);
  const rows = jobs.map(({ key, name, state, jobIds, maxConcurrentRuns, differences }) => [
    key,
    name,
    state.replaceAll('_', ' '),
    jobIds.join(' '),
    maxConcurrentRuns ?? '',
    differences.join(', '),
  ]);
  context.terminal.print(textTable(['key', 'name', 'state', 'job id', 'max runs', 'differs in'], rows));
}

async function apply(options: ApplyOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const applied = await applyConfiguredJobs(options, context, (job) => {
    if (!options.json) for (const line of appliedLines(job)) terminal.print(line);
  });
  if (options.json) return printJson(terminal, applied);
  if (options.dryRun) terminal.notice('Dry run: nothing was changed.');
}

/** Does what `jobs apply` does, and tells each job. */
export async function applyConfiguredJobs(
  options: ApplyOptions,
  context: CommandContext,
  onStep: (applied: AppliedJob) => void,
): Promise<AppliedJob[]> {
  const { jobs, ...config } = await context.config();
  const { job: key } = options;
  const chosen = Object.values(jobs).filter((job) => key === undefined || job.key === key);
  if (key !== undefined && chosen.length === 0) {
    throw new BackfillError(
      'unknown_job',
      `The configuration has no job "${key}".${didYouMean(key, Object.keys(jobs))} Its jobs are: ${Object.keys(jobs).join(', ') || 'none'}.`,
    );
  }
  const { WorkspaceSession } = await import('../workspace-session.ts');
  const { applyJobs } = await import('../../src/jobs/apply-jobs.ts');
  await using session = new WorkspaceSession({ jobs, ...config });
  return await applyJobs({
    client: session.client,
    definitions: chosen,
    notebooksDir: notebooksDir(context.cwd),
    dryRun: options.dryRun ?? false,
    adopt: options.adopt ?? false,
    onStep,
  });
}

export function appliedLines(job: AppliedJob): string[] {
  const differences = job.differences.length === 0 ? '' : ` (${job.differences.join(', ')})`;
  return [
    ...job.notebooks.map(
      ({ path, action }) => `notebook         ${action.replace('_', ' ').padEnd(9)} ${path}`,
    ),
    `job              ${job.action.padEnd(9)} ${job.name} ${job.jobId ?? ''}${differences}`.trimEnd(),
    ...job.ignored.map(
      (key) => `                 ${key} of ${job.key} is not applied; set it in the workspace`,
    ),
  ];
}
