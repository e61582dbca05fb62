import type { Command } from 'commander';
import { noticeAge } from '../answer-age.ts';
import type { CommandContext } from '../command-context.ts';
import { coverageLines } from '../coverage-report.ts';
import { csvText } from '../csv.ts';
import { repeated } from '../option-values.ts';
import { addOutputOptions, type OutputOptions } from '../output-options.ts';
import { CoverageAnswersSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';

export { coverageLines } from '../coverage-report.ts';

interface CoverageOptions extends OutputOptions {
  job?: readonly string[];
  from: string;
  to: string;
  fresh?: true;
}

export function addCoverageVerb(program: Command, context: CommandContext): void {
  const verb = program
    .command('coverage')
    .description('show which business days of a range were processed')
    .option('--job <names>', 'of this job, or of several separated by commas (default: of any)', repeated)
    .requiredOption('--from <date>', 'first day, YYYY-MM-DD')
    .requiredOption('--to <date>', 'last day')
    .option('--fresh', 'ask the warehouse, instead of giving an answer of the last moment again');
  addOutputOptions(verb).action((options: CoverageOptions) => coverage(options, context));
}

async function coverage(options: CoverageOptions, context: CommandContext): Promise<void> {
  const { job, from, to, json, csv, fresh } = options;
  const { terminal } = context;
  const client = await context.restClient();
  const query = { job, start_date: from, end_date: to, fresh: fresh && 'true' };
  const body = await client.get('/api/coverage', query);
  if (json) return printJson(terminal, body);
  const answers = CoverageAnswersSchema.parse(body);
  if (csv) {
    const rows = answers.flatMap(({ job, days }) => days.map((day) => ({ job, ...day })));
    return terminal.print(csvText(['job', 'calendar_date', 'status'], rows));
  }
  for (const answer of answers) {
    if (answers.length > 1) terminal.print(`${answer.job}`);
    for (const line of coverageLines(answer)) terminal.print(line);
    if (answers.length > 1 && answer !== answers.at(-1)) terminal.print('');
  }
  noticeAge(terminal, answers[0]?.as_of);
}
