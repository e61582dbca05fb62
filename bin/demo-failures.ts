import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import { countsLine, datesTable } from './backfill-report.ts';
import type { CommandContext } from './command-context.ts';
import type { DemoReport } from './demo-report.ts';
import {
  BackfillAnswerSchema,
  DateAnswersSchema,
  RetryAnalyticsSchema,
  SweepAnswerSchema,
} from './rest-answers.ts';
import { analyticsTables } from './verbs/retries.ts';
import { showProgress } from './verbs/run.ts';

const JOB = '02_process_data';
const RANGE = { start_date: '2024-07-01', end_date: '2024-07-12' } as const;
const LOSES_ITS_CLUSTER = '2024-07-02';
const FAILS_IN_USER_CODE = '2024-07-09';

/** Two weeks in which one date fails on the platform's side and one in user code, and how both come right. */
export async function runDemoFailures(context: CommandContext, report: DemoReport): Promise<void> {
  await scriptFailures(context);
  const client = await context.restClient();
  report.section(`Two weeks with two failures, ${RANGE.start_date} to ${RANGE.end_date}`);
  report.block(
    `${LOSES_ITS_CLUSTER} will lose its cluster: the policy tries it again.\n${FAILS_IN_USER_CODE} will fail in user code: that waits for a person, or for the sweep.`,
  );
  const { id } = BackfillAnswerSchema.parse(await client.post('/api/backfills', { job: JOB, ...RANGE }));
  const { counts } = await showProgress(client, id, context.terminal);
  const dates = DateAnswersSchema.parse(await client.get(`/api/backfills/${id}/dates`));
  report.block(
    datesTable(
      id,
      dates.filter(({ position_date }) => isScripted(position_date)),
    ),
  );
  report.expect('dates', countsLine(counts), '8 succeeded, 1 failed, 3 skipped');
  const attempts = dates.find(({ position_date }) => position_date === LOSES_ITS_CLUSTER)?.attempt;
  report.expect(
    'policy',
    `${LOSES_ITS_CLUSTER} succeeded at attempt ${attempts}`,
    `${LOSES_ITS_CLUSTER} succeeded at attempt 2`,
  );

  report.section('The sweep finds what failed in user code');
  const request = { job: JOB, retry_days_back: 1, max_retries: 10 };
  report.block(`POST ${client.url}/api/retries\n${JSON.stringify(request)}`);
  const { items } = SweepAnswerSchema.parse(await client.post('/api/retries', request));
  for (const retry of items) await showProgress(client, retry.id, context.terminal);
  const [retry] = items;
  const retried = DateAnswersSchema.parse(retry ? await client.get(`/api/backfills/${retry.id}/dates`) : []);
  report.expect(
    'retried',
    retried.map(({ position_date, state }) => `${position_date} ${state}`).join(', '),
    `${FAILS_IN_USER_CODE} succeeded`,
  );

  const analytics = await client.get('/api/retries/analytics', { job: JOB, ...RANGE });
  report.block(analyticsTables(analytics));
  const recovered = RetryAnalyticsSchema.parse(analytics).recovered_dates;
  report.expect(
    'recovered',
    recovered.map(({ position_date }) => position_date).join(', '),
    `${LOSES_ITS_CLUSTER}, ${FAILS_IN_USER_CODE}`,
  );
}

function isScripted(date: string): boolean {
  return date === LOSES_ITS_CLUSTER || date === FAILS_IN_USER_CODE;
}

/** Tells the emulator how the first runs of two dates shall end; after them the notebook decides. */
async function scriptFailures({ env }: CommandContext): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: await readFile(env.BACKFILL_CA_CERT ?? '', 'utf8') } });
  const outcomes = [
    [LOSES_ITS_CLUSTER, { termination_code: 'CLUSTER_ERROR', message: 'The cluster lost its driver.' }],
    [
      FAILS_IN_USER_CODE,
      { termination_code: 'RUN_EXECUTION_ERROR', message: 'DIVIDE_BY_ZERO in line 12 of the notebook.' },
    ],
  ] as const;
  try {
    for (const [date, end] of outcomes) {
      const body = JSON.stringify({ job_name: JOB, parameters: { position_date: date }, attempts: [end] });
      const url = `${env.DATABRICKS_HOST}/_local/outcomes`;
      const response = await fetch(url, { method: 'POST', body, dispatcher });
      if (!response.ok) throw new Error(`${url}: HTTP ${response.status} ${await response.text()}`);
    }
  } finally {
    await dispatcher.destroy();
  }
}
