import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { BackfillAnswerSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';

export function addResumeVerb(program: Command, context: CommandContext): void {
  program
    .command('resume')
    .argument('<id>', 'the backfill')
    .description('let a paused backfill go on')
    .option('--json', 'print the REST body')
    .action((id: string, options: { json?: true }) => resume(id, options, context));
}

async function resume(id: string, options: { json?: true }, context: CommandContext): Promise<void> {
  const client = await context.restClient();
  const body = await client.post(`/api/backfills/${encodeURIComponent(id)}/resume`);
  if (options.json) return printJson(context.terminal, body);
  const { state } = BackfillAnswerSchema.parse(body);
  context.terminal.print(`Backfill ${id} is ${state}.`);
}
