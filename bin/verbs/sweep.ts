import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { SweepAnswerSchema, SweepChoiceSchema } from '../rest-answers.ts';
import { printJson, type Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface SweepOptions {
  daysBack?: number;
  from?: string;
  to?: string;
  maxRetries?: number;
  job?: string;
  dryRun?: true;
  json?: true;
}

export function addSweepVerb(program: Command, context: CommandContext): void {
  program
    .command('sweep')
    .description('find failed dates in the log and run them again, one linked backfill per job')
    .option('--days-back <n>', 'dates that failed in the last n days (default: 1)', wholeNumber(0))
    .option('--from <date>', 'instead: failures with a position_date from here, YYYY-MM-DD')
    .option('--to <date>', 'up to here')
    .option('--max-retries <n>', 'at most so many dates, the oldest first (default: 10)', wholeNumber(1))
    .option('--job <name>', 'of this job only')
    .option('--dry-run', 'say what would run again, and start nothing')
    .option('--json', 'print the REST body')
    .addHelpText(
      'after',
      '\nLeaves out configuration errors, what a person cancelled, and dates that another backfill has in hand.\nExit 1 if dates of a job could not be started.',
    )
    .action((options: SweepOptions) => sweep(options, context));
}

async function sweep(options: SweepOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { daysBack, from, to, maxRetries, job, dryRun } = options;
  const client = await context.restClient();
  const body = await client.post('/api/retries', {
    retry_days_back: daysBack,
    start_date: from,
    end_date: to,
    max_retries: maxRetries,
    job,
    dry_run: dryRun,
  });
  if (!dryRun && SweepAnswerSchema.parse(body).problems.length > 0) context.exitCode = 1;
  if (options.json) return printJson(terminal, body);
  if (dryRun) printChoice(terminal, body);
  else printStarted(terminal, body);
}

function printChoice(terminal: Terminal, body: unknown): void {
  const { groups, left_out, remaining } = SweepChoiceSchema.parse(body);
  const runs = groups.flatMap(({ job, dates }) =>
    dates.map(({ position_date }) => [position_date, job, 'run', '']),
  );
  const rest = left_out.map(({ position_date, job, reason }) => [position_date, job, 'leave out', reason]);
  if (runs.length + rest.length > 0) {
    terminal.print(textTable(['date', 'job', 'verdict', ''], [...runs, ...rest]));
  }
  terminal.notice(`Nothing was started. ${runs.length} would run again${moreOf(remaining)}.`);
}

function printStarted(terminal: Terminal, body: unknown): void {
  const { items, left_out, remaining, problems } = SweepAnswerSchema.parse(body);
  for (const { id, job, counts } of items) {
    terminal.print(`Backfill ${id} of ${job} runs ${counts.total} failed ${plural(counts.total)} again.`);
  }
  for (const { job, job_id, message } of problems) {
    terminal.notice(`Not started: the failed dates of ${job} (job ${job_id}). ${message}`);
  }
  const left = left_out.length === 0 ? '' : `, ${left_out.length} left out`;
  if (items.length === 0) terminal.print('No failed date to run again.');
  if (left !== '' || remaining > 0) terminal.notice(`${items.length} started${left}${moreOf(remaining)}.`);
}

function moreOf(remaining: number): string {
  return remaining === 0 ? '' : `, ${remaining} more beyond --max-retries`;
}

function plural(count: number): string {
  return count === 1 ? 'date' : 'dates';
}
