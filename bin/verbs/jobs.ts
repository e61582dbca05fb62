import type { Command } from 'commander';
import { appliedJobsAnswer } from '../../dashboard/job-answer.ts';
import { configuredJobs } from '../../src/config/configured-jobs.ts';
import type { AppliedJob } from '../../src/jobs/apply-jobs.ts';
import type { CommandContext } from '../command-context.ts';
import { appliedLines, differenceLines } from '../job-report.ts';
import { notebooksDir } from '../package-root.ts';
import { printJson } from '../terminal.ts';
import { addJobListVerb } from './jobs-list.ts';
import { addJobRemovalVerbs } from './jobs-removal.ts';

export { appliedLines };

interface ApplyOptions {
  job?: string;
  dryRun?: true;
  adopt?: true;
  json?: true;
}

interface ApplyReport {
  /** Told of all jobs before the first is written. */
  onPlan?: (planned: readonly AppliedJob[]) => void;
  onStep: (applied: AppliedJob) => void;
}

export function addJobsVerbs(program: Command, context: CommandContext): void {
  const jobs = program
    .command('jobs')
    .description('the jobs of the configuration and those of the workspace');
  addJobListVerb(jobs, context);
  jobs
    .command('apply')
    .description('import the notebooks, create the jobs that are missing, reset those that differ')
    .option('--job <key>', 'this job only, by its key in the configuration')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--adopt', 'take over a job of the same name that something else made')
    .option('--json', 'print what was done as JSON')
    .action((options: ApplyOptions) => apply(options, context));
  addJobRemovalVerbs(jobs, context);
}

async function apply(options: ApplyOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const print = (lines: readonly string[]) => {
    if (!options.json) for (const line of lines) terminal.print(line);
  };
  const report = {
    onPlan: (planned: readonly AppliedJob[]) => print(planned.flatMap(differenceLines)),
    onStep: (job: AppliedJob) => print(appliedLines(job, options.dryRun)),
  };
  const applied = await applyJobsReporting(options, context, report);
  if (options.json) return printJson(terminal, appliedJobsAnswer(applied));
  if (applied.length === 0) terminal.notice('The configuration defines no job that is applied unnamed.');
  if (options.dryRun) terminal.notice('Dry run: nothing was changed.');
}

/** Does what `jobs apply` does, and tells each job. */
export function applyConfiguredJobs(
  options: ApplyOptions,
  context: CommandContext,
  onStep: (applied: AppliedJob) => void,
): Promise<AppliedJob[]> {
  return applyJobsReporting(options, context, { onStep });
}

async function applyJobsReporting(
  options: ApplyOptions,
  context: CommandContext,
  report: ApplyReport,
): Promise<AppliedJob[]> {
  const config = await context.config();
  const chosen = configuredJobs(config, options.job);
  const { WorkspaceSession } = await import('../workspace-session.ts');
  const { applyJobs } = await import('../../src/jobs/apply-jobs.ts');
  await using session = new WorkspaceSession(config);
  return await applyJobs({
    client: session.client,
    definitions: chosen,
    notebooksDir: notebooksDir(context.cwd),
    dryRun: options.dryRun ?? false,
    adopt: options.adopt ?? false,
    ...report,
  });
}
