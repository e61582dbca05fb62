import { type Command, Option } from 'commander';
import { countsLine } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { BackfillAnswerSchema, hasEnded } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { showProgress } from './run.ts';

interface CancelOptions {
  runs: 'cancel' | 'finish';
  wait?: true;
  json?: true;
}

export function addCancelVerb(program: Command, context: CommandContext): void {
  program
    .command('cancel')
    .argument('<id>', 'the backfill')
    .description('end every date of a backfill that has not started, and its live runs')
    .addOption(
      new Option('--runs <what>', 'cancel live runs at Databricks, or let them finish')
        .choices(['cancel', 'finish'])
        .default('cancel'),
    )
    .option('--wait', 'show the progress and wait until the last live run has ended')
    .option('--json', 'print the REST body')
    .action((id: string, options: CancelOptions) => cancel(id, options, context));
}

/** Cancelled dates are what was asked for, so they are no failure. */
async function cancel(id: string, options: CancelOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const path = `/api/backfills/${encodeURIComponent(id)}`;
  let body = await client.post(`${path}/cancel`, { runs: options.runs });
  if (options.wait && !hasEnded(BackfillAnswerSchema.parse(body))) {
    await showProgress(client, id, terminal);
    body = await client.get(path);
  }
  if (options.json) return printJson(terminal, body);
  const { state, counts } = BackfillAnswerSchema.parse(body);
  terminal.print(`Backfill ${id} is ${state}: ${countsLine(counts)}.`);
  if (state === 'cancelling')
    terminal.notice(`It waits for its live runs; follow it with "backfill status ${id} --wait".`);
}
