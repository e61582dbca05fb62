import { type Command, Option } from 'commander';
import { daysText, leftOutText } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { type LeftOutAnswer, SweepAnswerSchema, SweepChoiceSchema } from '../rest-answers.ts';
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
    .addOption(
      new Option('--days-back <n>', 'dates that failed in the last n days (default: 1)')
        .argParser(wholeNumber(0))
        .conflicts(['from', 'to']),
    )
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
    .action((options: SweepOptions, command: Command) => {
      if ((options.from === undefined) !== (options.to === undefined)) {
        command.error('error: give --from and --to together, or neither');
      }
      return sweep(options, context);
    });
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
  const runs = groups.flatMap(({ job, dates }) => dates.map((date) => [daysText(date), job, 'run', '']));
  printDates(terminal, runs, left_out);
  terminal.notice(`Nothing was started. ${runs.length} would run again${besides(left_out, remaining)}.`);
}

function printStarted(terminal: Terminal, body: unknown): void {
  const { items, left_out, remaining, problems } = SweepAnswerSchema.parse(body);
  for (const { id, job, counts } of items) {
    terminal.print(`Backfill ${id} of ${job} runs ${counts.total} failed ${plural(counts.total)} again.`);
  }
  const runs = items.flatMap(({ id, job, request }) =>
    request.dates.map((date) => [date, job, 'run', `backfill ${id}`]),
  );
  printDates(terminal, runs, left_out);
  for (const { job, job_id, message } of problems) {
    terminal.notice(`Not started: the failed dates of ${job} (job ${job_id}). ${message}`);
  }
  const rest = besides(left_out, remaining);
  if (runs.length > 0) {
    if (rest !== '') terminal.notice(`${runs.length} ${plural(runs.length)} started${rest}.`);
  } else if (problems.length === 0) terminal.print(`No failed date to run again${rest}.`);
}

function printDates(terminal: Terminal, runs: string[][], leftOut: readonly LeftOutAnswer[]): void {
  const rest = leftOut.map(({ position_date, job, reason }) => [
    position_date,
    job,
    'leave out',
    leftOutText(reason),
  ]);
  if (runs.length + rest.length === 0) return;
  terminal.print(textTable(['date', 'job', 'verdict', ''], [...runs, ...rest]));
}

/** `, 2 left out, 5 more beyond --max-retries`; all of it in dates. */
function besides(leftOut: readonly LeftOutAnswer[], remaining: number): string {
  const left = leftOut.length === 0 ? '' : `, ${leftOut.length} left out`;
  return remaining === 0 ? left : `${left}, ${remaining} more beyond --max-retries`;
}

function plural(count: number): string {
  return count === 1 ? 'date' : 'dates';
}
