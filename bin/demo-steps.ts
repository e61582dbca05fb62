import { checkDestination } from '../src/tables/destination-check.ts';
import { TableNames } from '../src/tables/table-names.ts';
import { countsLine, datesTable } from './backfill-report.ts';
import type { CommandContext } from './command-context.ts';
import type { DemoReport } from './demo-report.ts';
import { type BackfillAnswer, BackfillAnswerSchema, DateAnswersSchema } from './rest-answers.ts';
import { coverageLines } from './verbs/coverage.ts';
import { logTable, statusCounts } from './verbs/log.ts';
import { showProgress } from './verbs/run.ts';
import { WorkspaceSession } from './workspace-session.ts';

const JOB = '02_process_data';
const RANGE = { start_date: '2024-06-01', end_date: '2024-06-30' } as const;

/** Asks for the month over REST, as anything else would, and shows how it goes until log and dates are done. */
export async function runDemoBackfill(context: CommandContext, report: DemoReport): Promise<BackfillAnswer> {
  const client = await context.restClient();
  const request = { job: JOB, ...RANGE };
  report.section(`Backfill ${RANGE.start_date} to ${RANGE.end_date}`);
  report.block(`POST ${client.url}/api/backfills\n${JSON.stringify(request)}`);
  const { id } = BackfillAnswerSchema.parse(await client.post('/api/backfills', request));
  return showProgress(client, id, context.terminal);
}

/** Prints what came out, each figure beside what must. */
export async function showDemoResult(
  context: CommandContext,
  { id, state, counts, log_pending }: BackfillAnswer,
  report: DemoReport,
): Promise<void> {
  const client = await context.restClient();
  const dates = DateAnswersSchema.parse(await client.get(`/api/backfills/${id}/dates`));
  report.section('Result');
  report.block(datesTable(id, dates));

  const skipped = dates.filter((date) => date.reason === 'not_business_day');
  const holidays = skipped.filter(({ position_date }) => !isWeekend(position_date));
  report.section('Does it add up?');
  report.expect('state', state, 'completed');
  report.expect('dates', countsLine(counts), '19 succeeded, 11 skipped');
  report.expect(
    'skipped',
    `${skipped.length - holidays.length} weekend days, ${holidays.map((date) => date.position_date).join(', ')}`,
    '10 weekend days, 2024-06-19',
  );
  await expectRows(context, report);
  await expectCoverageAndLog(context, id, log_pending, report);
}

/** Where to look further, with `--keep`. */
export async function showDemoPages(
  context: CommandContext,
  { id }: BackfillAnswer,
  report: DemoReport,
): Promise<void> {
  const { url } = await context.restClient();
  report.section('Pages');
  report.fact('page', `${url}/`);
  report.fact('backfill', `${url}/#/backfills/${id}`);
  report.fact('queues', `${url}/queues`);
  report.fact('REST', `${url}/api/backfills/${id}`);
}

async function expectRows(context: CommandContext, report: DemoReport): Promise<void> {
  const config = await context.config();
  await using session = new WorkspaceSession(config);
  const range = { startDate: RANGE.start_date, endDate: RANGE.end_date };
  const rows = await checkDestination(session.warehouse, TableNames.from(config.tables), range);
  report.expect(
    'rows',
    `${rows.destinationRows} in destination_data, ${rows.sourceRows} in source_data, ${rows.differing} differ`,
    '190 in destination_data, 190 in source_data, 0 differ',
  );
}

async function expectCoverageAndLog(
  context: CommandContext,
  id: string,
  logPending: number,
  report: DemoReport,
): Promise<void> {
  const client = await context.restClient();
  const [coverage, summary, sample] = await Promise.all([
    client.get('/api/coverage', { job: JOB, ...RANGE }),
    client.get('/api/log/summary', { backfill_id: id }),
    client.get('/api/log', { backfill_id: id, limit: 5 }),
  ]);
  const [month = '', totals = ''] = coverageLines(coverage);
  report.fact('coverage', month);
  report.expect('', totals, '19 processed, 0 missing');
  report.expect(
    'log',
    `${statusCounts(summary)}, ${logPending} pending`,
    '11 SKIPPED, 19 SUCCESS, 0 pending',
  );
  report.block(`\nbackfill_log, the newest five of 19:\n${logTable(sample)}`);
}

function isWeekend(date: string): boolean {
  return [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
}
