import type { Command } from 'commander';
import { countsLine } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { csvText } from '../csv.ts';
import { wholeNumber } from '../option-values.ts';
import { addOutputOptions, type OutputOptions } from '../output-options.ts';
import { BackfillListSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface ListOptions extends OutputOptions {
  limit?: number;
  cursor?: string;
}

const COLUMNS = [
  ...['id', 'job', 'job_id', 'state', 'state_reason'],
  ...['pending', 'queued', 'running', 'succeeded', 'failed', 'skipped', 'cancelled', 'total'],
  ...['log_pending', 'priority', 'max_active_runs', 'retry_of', 'created_by', 'created_at', 'finished_at'],
];

export function addListVerb(program: Command, context: CommandContext): void {
  const verb = program
    .command('list')
    .description('list the backfills, newest first')
    .option('--limit <n>', 'at most so many', wholeNumber(1))
    .option('--cursor <cursor>', 'go on where the page before ended');
  addOutputOptions(verb).action((options: ListOptions) => list(options, context));
}

async function list({ limit, cursor, json, csv }: ListOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const body = await client.get('/api/backfills', { limit, cursor });
  if (json) return printJson(terminal, body);
  const { items, next_cursor } = BackfillListSchema.parse(body);
  if (csv) {
    const rows = items.map(({ counts, ...backfill }) => ({ ...backfill, ...counts }));
    terminal.print(csvText(COLUMNS, rows));
    if (next_cursor) terminal.notice(`More with --cursor ${next_cursor}`);
    return;
  }
  if (items.length === 0) return terminal.notice('No backfill yet. Start one with "backfill run".');
  const rows = items.map(({ id, job, state, counts, created_at, created_by, retry_of }) => [
    id,
    job,
    state,
    countsLine(counts),
    created_at,
    created_by,
    retry_of ?? '',
  ]);
  terminal.print(textTable(['id', 'job', 'state', 'dates', 'created', 'by', 'retry of'], rows));
  if (next_cursor) terminal.notice(`More with --cursor ${next_cursor}`);
}
