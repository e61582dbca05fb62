import { type Command, Option } from 'commander';
import { jobListAnswer } from '../../dashboard/job-answer.ts';
import type { ListedJob } from '../../src/jobs/list-jobs.ts';
import type { CommandContext } from '../command-context.ts';
import { jobListTable, namedJobsTable } from '../job-report.ts';
import { printJson } from '../terminal.ts';

interface ListOptions {
  verify?: boolean;
  json?: true;
}

export function addJobListVerb(jobs: Command, context: CommandContext): void {
  jobs
    .command('list')
    .argument('[name]', 'every job of this name, or of this key of the configuration')
    .description('compare the jobs of the configuration, or those of a name, with the workspace')
    .addOption(new Option('--verify', 'ask system.lakeflow.jobs too, and wake the warehouse for it'))
    .addOption(new Option('--no-verify', 'ask the Jobs API alone'))
    .option('--json', 'print the jobs as JSON')
    .addHelpText(
      'after',
      '\nWithout --verify and --no-verify the system table is asked where the warehouse runs already.',
    )
    .action((name: string | undefined, options: ListOptions) => list(name, options, context));
}

async function list(name: string | undefined, options: ListOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { WorkspaceSession } = await import('../workspace-session.ts');
  const { listJobs } = await import('../../src/jobs/list-jobs.ts');
  const config = await context.config();
  await using session = new WorkspaceSession(config);
  const { verify } = options;
  const jobs = await listJobs(
    {
      client: session.client,
      warehouseId: config.databricks?.warehouseId ?? null,
      query: (sql, parameters) => session.warehouse.query(sql, parameters),
      verification: verify === undefined ? 'if_running' : verify ? 'always' : 'never',
    },
    Object.values(config.jobs),
    name,
  );
  if (options.json) return printJson(terminal, jobListAnswer(jobs));
  const [first] = jobs.items;
  if (name !== undefined && first !== undefined) printNamed(first, context);
  else terminal.print(jobListTable(jobs));
  if (jobs.note !== null && verify !== false) terminal.notice(jobs.note);
}

function printNamed(job: ListedJob, context: CommandContext): void {
  const { terminal } = context;
  if (job.jobs.length === 0) {
    terminal.notice(`The workspace has no job named "${job.name}".`);
    context.exitCode = 1;
    return;
  }
  terminal.print(namedJobsTable(job));
  if (job.state !== 'ambiguous') return;
  const cleanup = `\`backfill jobs cleanup ${JSON.stringify(job.name)}\``;
  const theirs = job.jobs.some(({ jobId, managed }) => !managed && job.jobIds.includes(jobId));
  const others = theirs ? '; those that we did not make only with `--any-owner`' : '';
  terminal.notice(
    `${job.jobIds.length} live jobs have this name. \`--job-id\` names one of them. ${cleanup} deletes all but the newest${others}.`,
  );
}
