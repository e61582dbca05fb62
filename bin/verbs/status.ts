import type { Command } from 'commander';
import { backfillLines, datesTable } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { csvText } from '../csv.ts';
import { addOutputOptions, type OutputOptions } from '../output-options.ts';
import { BackfillAnswerSchema, DATE_COLUMNS, DateAnswersSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { reportEnd, showProgress } from './run.ts';

interface StatusOptions extends OutputOptions {
  wait?: true;
}

export function addStatusVerb(program: Command, context: CommandContext): void {
  const verb = program
    .command('status')
    .argument('<id>', 'the backfill')
    .description('show a backfill and its dates; --csv has the dates')
    .option('--wait', 'show the progress and wait for the end; exit 1 if a date failed');
  addOutputOptions(verb).action((id: string, options: StatusOptions) => status(id, options, context));
}

async function status(id: string, options: StatusOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const path = `/api/backfills/${encodeURIComponent(id)}`;
  if (options.wait) reportEnd(await showProgress(client, id, terminal), context);
  if (options.csv) {
    const dates = DateAnswersSchema.parse(await client.get(`${path}/dates`));
    return terminal.print(csvText(DATE_COLUMNS, dates));
  }
  const body = await client.get(path);
  if (options.json) return printJson(terminal, body);
  for (const line of backfillLines(BackfillAnswerSchema.parse(body))) terminal.print(line);
  terminal.print(`\n${datesTable(id, DateAnswersSchema.parse(await client.get(`${path}/dates`)))}`);
}
