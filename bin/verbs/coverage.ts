import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { CoverageAnswerSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';

interface CoverageOptions {
  job?: string;
  from: string;
  to: string;
  json?: true;
}

export function addCoverageVerb(program: Command, context: CommandContext): void {
  program
    .command('coverage')
    .description('show which business days of a range were processed')
    .option('--job <name>', 'of this job (default: of any)')
    .requiredOption('--from <date>', 'first day, YYYY-MM-DD')
    .requiredOption('--to <date>', 'last day')
    .option('--json', 'print the REST body')
    .action((options: CoverageOptions) => coverage(options, context));
}

async function coverage(options: CoverageOptions, context: CommandContext): Promise<void> {
  const { job, from, to, json } = options;
  const { terminal } = context;
  const client = await context.restClient();
  const body = await client.get('/api/coverage', { job, start_date: from, end_date: to });
  if (json) return printJson(terminal, body);
  for (const line of coverageLines(body)) terminal.print(line);
}

/** One line a month, a mark per business day: `2024-06  ■■■■□■■  18 of 19`. */
export function coverageLines(body: unknown): string[] {
  const { totals, days } = CoverageAnswerSchema.parse(body);
  const months = new Map<string, string[]>();
  for (const { calendar_date, status } of days) {
    const month = calendar_date.slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), status]);
  }
  const lines = [...months].map(([month, statuses]) => {
    const done = statuses.filter((status) => status === 'Processed').length;
    const marks = statuses.map((status) => (status === 'Processed' ? '■' : '□')).join('');
    return `${month}  ${marks.padEnd(23)}  ${done} of ${statuses.length}`;
  });
  const missing = days.filter(({ status }) => status === 'Missing').map(({ calendar_date }) => calendar_date);
  const named = missing.length === 0 || missing.length > 31 ? '' : `: ${missing.join(', ')}`;
  return [...lines, `${totals.processed} processed, ${totals.missing} missing${named}`];
}
