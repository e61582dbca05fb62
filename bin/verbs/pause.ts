import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { BackfillAnswerSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';

export function addPauseVerb(program: Command, context: CommandContext): void {
  program
    .command('pause')
    .argument('<id>', 'the backfill')
    .description('start no more dates of a backfill; what runs goes on')
    .option('--json', 'print the REST body')
    .action((id: string, options: { json?: true }) => pause(id, options, context));
}

async function pause(id: string, options: { json?: true }, context: CommandContext): Promise<void> {
  const client = await context.restClient();
  const body = await client.post(`/api/backfills/${encodeURIComponent(id)}/pause`);
  if (options.json) return printJson(context.terminal, body);
  const { state } = BackfillAnswerSchema.parse(body);
  context.terminal.print(`Backfill ${id} is ${state}.`);
}
