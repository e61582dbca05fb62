import type { Command } from 'commander';
import { noticeAge } from '../answer-age.ts';
import { daysText } from '../backfill-report.ts';
import type { CommandContext } from '../command-context.ts';
import { RetryAnalyticsSchema, ScheduleListSchema } from '../rest-answers.ts';
import { printJson } from '../terminal.ts';
import { shortened, textTable } from '../text-table.ts';

interface RetriesOptions {
  job?: string;
  from?: string;
  to?: string;
  schedules?: true;
  fresh?: true;
  json?: true;
}

export function addRetriesVerb(program: Command, context: CommandContext): void {
  program
    .command('retries')
    .description('show which dates succeeded after retries, and how often the nth retry did')
    .option('--job <name>', 'of this job')
    .option('--from <date>', 'of position_date from here, YYYY-MM-DD')
    .option('--to <date>', 'up to here')
    .option('--schedules', 'show the schedules of the sweep instead')
    .option('--fresh', 'ask the warehouse, instead of giving an answer of the last moment again')
    .option('--json', 'print the REST body')
    .action((options: RetriesOptions) => retries(options, context));
}

async function retries(options: RetriesOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const client = await context.restClient();
  const { job, from, to, fresh } = options;
  const query = { job, start_date: from, end_date: to, fresh: fresh && ('true' as const) };
  const body = options.schedules
    ? await client.get('/api/retries/schedules')
    : await client.get('/api/retries/analytics', query);
  if (options.json) return printJson(terminal, body);
  if (options.schedules) return terminal.print(schedulesTable(body));
  terminal.print(analyticsTables(body));
  noticeAge(terminal, RetryAnalyticsSchema.parse(body).as_of);
}

/** Both tables of the analytics. */
export function analyticsTables(body: unknown): string {
  const { recovered_dates, success_rates } = RetryAnalyticsSchema.parse(body);
  if (success_rates.length === 0) return 'No retry yet.';
  const rates = success_rates.map((rate) => [
    rate.retry_attempt ?? '?',
    rate.total_retries,
    rate.successful,
    `${rate.success_rate_pct} %`,
  ]);
  const recovered = recovered_dates.map((date) => [
    daysText(date),
    date.job_name ?? '',
    date.total_attempts,
    date.max_retry_count ?? '?',
    date.first_failure ?? '',
    date.final_success ?? '',
  ]);
  const head = ['date', 'job', 'attempts', 'retries', 'first failure', 'final success'];
  return [
    textTable(['retry', 'runs', 'succeeded', ''], rates),
    recovered.length === 0 ? 'No date has succeeded after a retry.' : textTable(head, recovered),
  ].join('\n\n');
}

function schedulesTable(body: unknown): string {
  const rows = ScheduleListSchema.parse(body).items.map((schedule) => [
    schedule.name,
    schedule.enabled ? 'on' : 'off',
    schedule.cron,
    schedule.timezone,
    schedule.job ?? 'every job',
    `${schedule.retry_days_back} d, ${schedule.max_retries} dates`,
    schedule.next_firing_at ?? '',
    schedule.last_firing === null ? '' : lastFiring(schedule.last_firing),
  ]);
  return textTable(['schedule', '', 'cron', 'time zone', 'of', 'at most', 'next', 'last'], rows);
}

function lastFiring(firing: { due_at: string; dates: number; problems: readonly string[] }): string {
  const [problem] = firing.problems;
  return shortened(`${firing.due_at}: ${problem ?? `${firing.dates} dates`}`, 80);
}
