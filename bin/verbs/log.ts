import { type Command, Option } from 'commander';
import { noticeAge } from '../answer-age.ts';
import type { CommandContext } from '../command-context.ts';
import { csvText } from '../csv.ts';
import { logTable, summaryTable } from '../log-report.ts';
import { wholeNumber } from '../option-values.ts';
import { addOutputOptions, type OutputOptions } from '../output-options.ts';
import {
  LOG_COLUMNS,
  type LogAnswer,
  LogAnswerSchema,
  LogSummarySchema,
  SUMMARY_COLUMNS,
} from '../rest-answers.ts';
import type { Query, RestClient } from '../rest-client.ts';
import { printJson, type Terminal } from '../terminal.ts';

export { logTable, statusCounts } from '../log-report.ts';

interface LogOptions extends OutputOptions {
  job?: string;
  backfill?: string;
  from?: string;
  to?: string;
  status?: string;
  limit?: number;
  cursor?: string;
  summary?: true;
  recent?: true;
  failed?: true;
  all?: true;
  fresh?: true;
}

/** Rows of `--recent`, as many as the query of that name shows. */
const RECENT_RUNS = 20;
/** Rows of a request for all of them; the most that the API gives at a time. */
const LARGEST_PAGE = 200;

export function addLogVerb(program: Command, context: CommandContext): void {
  const verb = program
    .command('log')
    .description('show rows of backfill_log, newest first')
    .option('--job <name>', 'of this job')
    .option('--backfill <id>', 'of this backfill')
    .option('--from <date>', 'of position_date from here, YYYY-MM-DD')
    .option('--to <date>', 'up to here')
    .option('--status <status>', 'STARTED, SUCCESS, FAILED, SKIPPED or CANCELLED')
    .option('--limit <n>', 'at most so many', wholeNumber(1))
    .option('--cursor <cursor>', 'go on where the page before ended')
    .addOption(new Option('--summary', 'count the rows by status instead').conflicts(['recent', 'failed']))
    .addOption(
      new Option('--recent', `the last ${RECENT_RUNS} runs and how long they took`).conflicts('failed'),
    )
    .addOption(new Option('--failed', 'the failed runs by position_date').conflicts('status'))
    .addOption(new Option('--all', 'every row and not one page').conflicts(['json', 'limit', 'recent']))
    .option('--fresh', 'ask the warehouse, instead of giving an answer of the last moment again');
  addOutputOptions(verb).action((options: LogOptions) => log(options, context));
}

async function log(options: LogOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { job, backfill, from, to, fresh } = options;
  const client = await context.restClient();
  const status = options.failed ? 'FAILED' : options.status;
  const filter = {
    job,
    backfill_id: backfill,
    start_date: from,
    end_date: to,
    status,
    fresh: fresh && 'true',
  };
  if (options.summary) return summary(client, filter, options, terminal);
  const query = {
    ...filter,
    limit: options.limit ?? (options.all ? LARGEST_PAGE : options.recent ? RECENT_RUNS : undefined),
    cursor: options.cursor,
    order: options.failed && 'position_date',
    include: options.recent && 'duration_seconds',
  };
  if (options.csv) return printCsv(client, query, options, terminal);
  const body = options.all ? await wholeLog(client, query) : await client.get('/api/log', query);
  if (options.json) return printJson(terminal, body);
  terminal.print(logTable(body, options));
  const { next_cursor, as_of } = LogAnswerSchema.parse(body);
  if (next_cursor && !options.recent) terminal.notice(`More with --cursor ${next_cursor}`);
  noticeAge(terminal, as_of);
}

async function summary(
  client: RestClient,
  filter: Query,
  { json, csv }: LogOptions,
  terminal: Terminal,
): Promise<void> {
  const { body, asOf } = await client.getDated('/api/log/summary', filter);
  if (json) printJson(terminal, body);
  else if (csv) terminal.print(csvText(SUMMARY_COLUMNS, LogSummarySchema.parse(body)));
  else {
    terminal.print(summaryTable(body));
    noticeAge(terminal, asOf);
  }
}

/** Every page as one body, since a table needs all rows to know its widths. */
async function wholeLog(client: RestClient, query: Query): Promise<LogAnswer> {
  const first = LogAnswerSchema.parse(await client.get('/api/log', query));
  const items = [...first.items];
  for (let cursor = first.next_cursor; cursor; ) {
    const page = LogAnswerSchema.parse(await client.get('/api/log', { ...query, cursor }));
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return { ...first, items, next_cursor: null };
}

/** A page at a time, so that a large log needs no more memory than a small one. */
async function printCsv(
  client: RestClient,
  query: Query,
  { all, recent }: LogOptions,
  terminal: Terminal,
): Promise<void> {
  const columns = recent ? [...LOG_COLUMNS, 'duration_seconds'] : LOG_COLUMNS;
  let header = true;
  let cursor = query.cursor;
  do {
    const { items, next_cursor } = LogAnswerSchema.parse(await client.get('/api/log', { ...query, cursor }));
    if (header || items.length > 0) terminal.print(csvText(columns, items, { header }));
    header = false;
    cursor = next_cursor ?? undefined;
  } while (all && cursor !== undefined);
  if (cursor !== undefined && !recent) terminal.notice(`More with --cursor ${cursor}, all with --all`);
}
