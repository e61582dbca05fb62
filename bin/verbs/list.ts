import type { Command } from 'commander';
import { countsLine } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { BackfillListSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { textTable } from '../text-table.ts';

interface ListOptions {
  limit?: number;
  cursor?: string;
  json?: true;
}

export function addListVerb(program: Command, context: CommandContext): void {
  program
    .command('list')
    .description('list the backfills, newest first')
    .option('--limit <n>', 'at most so many', wholeNumber(1))
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--json', 'print the REST body')
    .action((options: ListOptions) => list(options, context));
}

async function list({ limit, cursor, json }: ListOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const body = await client.get('/api/backfills', { limit, cursor });
  if (json) return printJson(terminal, body);
  const { items, next_cursor } = BackfillListSchema.parse(body);
  if (items.length === 0) return terminal.notice('No backfill yet. Start one with "backfill run".');
  const rows = items.map(({ id, job, state, counts, created_at, created_by }) => [
    id,
    job,
    state,
    countsLine(counts),
    created_at,
    created_by,
  ]);
  terminal.print(textTable(['id', 'job', 'state', 'dates', 'created', 'by'], rows));
  if (next_cursor) terminal.notice(`More with --cursor ${next_cursor}`);
}
