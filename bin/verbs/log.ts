import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { LogAnswerSchema, LogSummarySchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { shortened, textTable } from '../text-table.ts';

interface LogOptions {
  job?: string;
  backfill?: string;
  from?: string;
  to?: string;
  status?: string;
  limit?: number;
  cursor?: string;
  summary?: true;
  json?: true;
}

export function addLogVerb(program: Command, context: CommandContext): void {
  program
    .command('log')
    .description('show rows of backfill_log, newest first')
    .option('--job <name>', 'of this job')
    .option('--backfill <id>', 'of this backfill')
    .option('--from <date>', 'of position_date from here, YYYY-MM-DD')
    .option('--to <date>', 'up to here')
    .option('--status <status>', 'STARTED, SUCCESS, FAILED, SKIPPED or CANCELLED')
    .option('--limit <n>', 'at most so many', wholeNumber(1))
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--summary', 'count the rows by status instead')
    .option('--json', 'print the REST body')
    .action((options: LogOptions) => log(options, context));
}

async function log(options: LogOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { job, backfill, from, to, status, limit, cursor } = options;
  const client = await context.restClient();
  const filter = { job, backfill_id: backfill, start_date: from, end_date: to, status };
  const body = options.summary
    ? await client.get('/api/log/summary', filter)
    : await client.get('/api/log', { ...filter, limit, cursor });
  if (options.json) return printJson(terminal, body);
  if (options.summary) return terminal.print(summaryTable(body));
  terminal.print(logTable(body));
  const { next_cursor } = LogAnswerSchema.parse(body);
  if (next_cursor) terminal.notice(`More with --cursor ${next_cursor}`);
}

export function logTable(body: unknown): string {
  const rows = LogAnswerSchema.parse(body).items.map((row) => [
    row.position_date,
    row.status,
    row.attempt ?? '',
    row.backfill_job_id ?? '',
    row.start_time ?? '',
    row.end_time ?? '',
    shortened(row.error_message ?? '', 80),
  ]);
  return textTable(['position_date', 'status', 'attempt', 'run', 'start_time', 'end_time', ''], rows);
}

/** `11 SKIPPED, 19 SUCCESS` */
export function statusCounts(body: unknown): string {
  return LogSummarySchema.parse(body)
    .map(({ status, count }) => `${count} ${status}`)
    .join(', ');
}

function summaryTable(body: unknown): string {
  const rows = LogSummarySchema.parse(body).map(({ status, count, earliest_date, latest_date }) => [
    status,
    count,
    earliest_date ?? '',
    latest_date ?? '',
  ]);
  return textTable(['status', 'rows', 'from', 'to'], rows);
}
