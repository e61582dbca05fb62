import type { Command } from 'commander';
import { backfillLines, datesTable } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { BackfillAnswerSchema, DateAnswersSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { reportEnd, showProgress } from './run.ts';

export function addStatusVerb(program: Command, context: CommandContext): void {
  program
    .command('status')
    .argument('<id>', 'the backfill')
    .description('show a backfill and its dates')
    .option('--wait', 'show the progress and wait for the end; exit 1 if a date failed')
    .option('--json', 'print the REST body')
    .action((id: string, options: { wait?: true; json?: true }) => status(id, options, context));
}

async function status(
  id: string,
  options: { wait?: true; json?: true },
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const path = `/api/backfills/${encodeURIComponent(id)}`;
  if (options.wait) reportEnd(await showProgress(client, id, terminal), context);
  const body = await client.get(path);
  if (options.json) return printJson(terminal, body);
  for (const line of backfillLines(BackfillAnswerSchema.parse(body))) terminal.print(line);
  terminal.print(`\n${datesTable(DateAnswersSchema.parse(await client.get(`${path}/dates`)))}`);
}
