import { type Command, Option } from 'commander';
import { followBackfill } from '../backfill-follower.ts';
import { countsLine, datesTable, daysText, reasonText } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { commaSeparated, keyValue, wholeNumber } from '../option-values.ts';
import { ProgressDisplay } from '../progress-display.ts';
import {
  type BackfillAnswer,
  BackfillAnswerSchema,
  DateAnswersSchema,
  DryRunAnswerSchema,
} from '../rest-answers.ts';
import type { RestClient } from '../rest-client.ts';
import { printJson, type Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';

export interface RunOptions {
  job?: string;
  jobId?: string;
  from?: string;
  to?: string;
  dates?: readonly string[];
  exclude?: readonly string[];
  calendar?: string;
  reprocess?: 'missing' | 'failed' | 'all';
  missing?: true;
  order?: 'asc' | 'desc';
  maxActiveRuns?: number;
  priority?: number;
  parameter?: Readonly<Record<string, string>>;
  maxAttempts?: number;
  stopAfterFailures?: number;
  reason?: string;
  idempotencyKey?: string;
  dryRun?: true;
  wait?: true;
  json?: true;
}

export function addRunVerb(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description('backfill a job over a range or a list of dates')
    .option('--job <name>', 'the job, by its name or its key in the configuration')
    .option('--job-id <id>', 'the job, by its id')
    .option('--from <date>', 'first position_date, YYYY-MM-DD')
    .option('--to <date>', 'last position_date')
    .option('--dates <dates>', 'these dates, separated by commas', commaSeparated)
    .option('--exclude <dates>', 'leave these dates out', commaSeparated)
    .option('--calendar <name>', 'business days: US, US-NY, DE-BY, none, ... (default: that of the job)')
    .addOption(
      new Option('--reprocess <which>', 'which dates to run (default: missing)').choices([
        'missing',
        'failed',
        'all',
      ]),
    )
    .addOption(new Option('--missing', 'the same as --reprocess missing').conflicts('reprocess'))
    .addOption(new Option('--order <order>', 'which end first (default: asc)').choices(['asc', 'desc']))
    .option('--max-active-runs <n>', 'most runs of this backfill at a time', wholeNumber(1))
    .option('--priority <n>', '1 (first) to 1000 (default: 100)', wholeNumber(1))
    .option('--parameter <name=value>', 'pass a parameter to every run; repeatable', keyValue)
    .option('--max-attempts <n>', 'attempts of a date that fails for reasons of the platform', wholeNumber(1))
    .option('--stop-after-failures <n>', 'start no more once so many dates have failed', wholeNumber(1))
    .option('--reason <text>', 'why, for the record')
    .option('--idempotency-key <key>', 'the same key and request within 24 h: the same backfill')
    .option('--dry-run', 'say what would run, and start nothing')
    .option('--wait', 'show the progress and wait for the end and the log; exit 1 if a date failed')
    .option('--json', 'print the REST body')
    .action((options: RunOptions) => run(options, context));
}

/** Asks for the backfill and, as wanted, waits for its end. */
export async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const headers = options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey };
  const body = await client.post('/api/backfills', requestOf(options), headers);
  if (options.dryRun) return options.json ? printJson(terminal, body) : printVerdicts(terminal, body);

  const created = BackfillAnswerSchema.parse(body);
  for (const warning of created.warnings) terminal.notice(`Note: ${warning}`);
  if (options.wait) await waitForEnd(client, created, options, context);
  else if (options.json) printJson(terminal, body);
  else {
    terminal.print(`Backfill ${created.id} of ${created.job} has begun: ${created.counts.total} dates.`);
    terminal.print(`Follow it with "backfill status ${created.id} --wait", or at ${client.url}/.`);
  }
}

async function waitForEnd(
  client: RestClient,
  created: BackfillAnswer,
  options: RunOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  terminal.notice(
    `Backfill ${created.id} of ${created.job}, ${created.counts.total} dates (Ctrl-C leaves it running)`,
  );
  const ended = await showProgress(client, created.id, terminal);
  const path = `/api/backfills/${created.id}`;
  if (options.json) printJson(terminal, await client.get(path));
  else terminal.print(datesTable(created.id, DateAnswersSchema.parse(await client.get(`${path}/dates`))));
  reportEnd(ended, context);
}

/** Follows a backfill on the terminal until it and its log are complete. */
export async function showProgress(
  client: RestClient,
  id: string,
  terminal: Terminal,
): Promise<BackfillAnswer> {
  const progress = new ProgressDisplay(terminal);
  let latest: BackfillAnswer | null = null;
  try {
    latest = await followBackfill({ client, id, onChange: (backfill) => progress.update(backfill) });
  } finally {
    progress.finish(latest);
  }
  return latest;
}

/** Says how it ended; dates that failed or were cancelled make the exit code 1. */
export function reportEnd(ended: BackfillAnswer, context: CommandContext): void {
  const { counts, log_pending } = ended;
  context.terminal.notice(`${ended.state.replaceAll('_', ' ')}: ${countsLine(counts)}`);
  if (log_pending > 0) {
    context.terminal.notice(
      `${log_pending} log rows are not written yet; the workers go on trying. See "backfill status ${ended.id}".`,
    );
  }
  if (counts.failed + counts.cancelled > 0) context.exitCode = 1;
}

function requestOf(options: RunOptions): object {
  return {
    job: options.job,
    job_id: options.jobId,
    start_date: options.from,
    end_date: options.to,
    dates: options.dates,
    exclude_dates: options.exclude,
    calendar: options.calendar,
    reprocess: options.missing ? 'missing' : options.reprocess,
    order: options.order,
    max_active_runs: options.maxActiveRuns,
    priority: options.priority,
    parameters: options.parameter,
    max_attempts: options.maxAttempts,
    stop_after_failures: options.stopAfterFailures,
    reason: options.reason,
    dry_run: options.dryRun,
  };
}

function printVerdicts(terminal: Terminal, body: unknown): void {
  const { counts, dates } = DryRunAnswerSchema.parse(body);
  const rows = dates.map((date) => [daysText(date), date.verdict, reasonText(date.reason)]);
  terminal.print(textTable(['date', 'verdict', ''], rows));
  const parts = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
  terminal.notice(`Nothing was started. ${parts.join(', ')}`);
}
