import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber, wholeNumberOrNone } from '../option-values.ts';
import { BackfillAnswerSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';

interface AdjustOptions {
  maxActiveRuns?: number | 'none';
  priority?: number;
  json?: true;
}

export function addAdjustVerb(program: Command, context: CommandContext): void {
  program
    .command('adjust')
    .argument('<id>', 'the backfill')
    .description('change how fast and how urgent a backfill is, while it runs')
    .option(
      '--max-active-runs <n>',
      'most runs of it at a time; "none": the limit of the job',
      wholeNumberOrNone(1),
    )
    .option('--priority <n>', '1 (first) to 1000', wholeNumber(1))
    .option('--json', 'print the REST body')
    .action((id: string, options: AdjustOptions, command: Command) => {
      if (options.maxActiveRuns === undefined && options.priority === undefined) {
        command.error('error: give --max-active-runs, --priority or both');
      }
      return adjust(id, options, context);
    });
}

async function adjust(id: string, options: AdjustOptions, context: CommandContext): Promise<void> {
  const client = await context.restClient();
  const body = await client.patch(`/api/backfills/${encodeURIComponent(id)}`, {
    max_active_runs: options.maxActiveRuns === 'none' ? null : options.maxActiveRuns,
    priority: options.priority,
  });
  if (options.json) return printJson(context.terminal, body);
  const { state, priority, max_active_runs } = BackfillAnswerSchema.parse(body);
  const width =
    max_active_runs === null ? 'as many runs as the job allows' : `at most ${max_active_runs} runs`;
  context.terminal.print(`Backfill ${id} is ${state}: priority ${priority}, ${width} at a time.`);
}
