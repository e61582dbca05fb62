import type { Command } from 'commander';
import { datesTable, leftOutLines } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { commaSeparated } from '../option-values.ts';
import { DateAnswersSchema, RetryAnswerSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { reportEnd, showProgress } from './run.ts';

interface RetryOptions {
  dates?: readonly string[];
  reason?: string;
  idempotencyKey?: string;
  wait?: true;
  json?: true;
}

export function addRetryVerb(program: Command, context: CommandContext): void {
  program
    .command('retry')
    .argument('<id>', 'the backfill whose dates failed')
    .description('run the failed dates of a backfill again, as a new backfill that is linked to it')
    .option('--dates <dates>', 'these failed dates only, separated by commas', commaSeparated)
    .option('--reason <text>', 'why, for the record')
    .option('--idempotency-key <key>', 'the same key and request within 24 h: the same backfill')
    .option('--wait', 'show the progress and wait for the end and the log; exit 1 if a date failed')
    .option('--json', 'print the REST body')
    .action((id: string, options: RetryOptions) => retry(id, options, context));
}

async function retry(id: string, options: RetryOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const headers = options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey };
  const asked = { dates: options.dates, reason: options.reason };
  let body = await client.post(`/api/backfills/${encodeURIComponent(id)}/retry`, asked, headers);
  const started = RetryAnswerSchema.parse(body);
  for (const line of leftOutLines(started.left_out)) terminal.notice(line);
  if (options.wait) {
    const ended = await showProgress(client, started.id, terminal);
    const path = `/api/backfills/${started.id}`;
    body = await client.get(path);
    if (!options.json)
      terminal.print(datesTable(started.id, DateAnswersSchema.parse(await client.get(`${path}/dates`))));
    reportEnd(ended, context);
  }
  if (options.json) return printJson(terminal, body);
  if (options.wait) return;
  const { total } = started.counts;
  terminal.print(
    `Backfill ${started.id} runs ${total} failed ${total === 1 ? 'date' : 'dates'} of ${id} again.`,
  );
  terminal.print(`Follow it with "backfill status ${started.id} --wait".`);
}
