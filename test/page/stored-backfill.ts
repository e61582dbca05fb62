import { v7 as uuidV7 } from 'uuid';
import type { DateLetter } from '../../queues/plan/date-letter.ts';
import { ISO_DATE_FORMAT } from '../../src/planning/date-format.ts';
import { DAILY } from '../../src/planning/granularity.ts';
import type { RunningWeb } from '../dashboard/running-web.ts';

/** A name as nobody should give it: markup must stay text. */
export const JOB_NAME = '<b>nightly</b>';

/** Every day of a range, or its weekdays only. */
export function workdays(from: string, to: string, weekends = false): string[] {
  const dates: string[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) {
    const day = new Date(ms);
    if (weekends || day.getUTCDay() % 6 !== 0) dates.push(day.toISOString().slice(0, 10));
  }
  return dates;
}

/** Dates of a plan: each a day, or a window with its last day. */
export type StoredDates = readonly (string | { readonly positionDate: string; readonly endDate: string })[];

/** Stores a backfill whose dates are already in some state; letters are repeated as often as needed. */
export async function storeBackfill(
  { plans }: RunningWeb,
  dates: StoredDates,
  letters: string | readonly DateLetter[],
  retryOf: string | null = null,
  jobId = '1',
): Promise<string> {
  const plan = dates.map((date, at) => ({
    ...(typeof date === 'string' ? { positionDate: date } : date),
    letter: letters[at % letters.length] as DateLetter,
  }));
  const { id } = await plans.create({
    id: uuidV7(),
    job: JOB_NAME,
    jobId,
    maxConcurrentRuns: 4,
    headroom: 0,
    order: 'asc',
    reprocess: 'missing',
    priority: 100,
    maxActiveRuns: null,
    maxAttempts: 3,
    stopAfterFailures: null,
    createdBy: 'ada',
    retryOf,
    retryTriggeredBy: null,
    request: { job: JOB_NAME, start_date: plan[0]?.positionDate, end_date: plan.at(-1)?.positionDate },
    runSettings: {
      date_parameter: 'position_date',
      end_date_parameter: 'position_end_date',
      date_format: ISO_DATE_FORMAT,
      granularity: DAILY,
      parameter_style: 'job_parameters',
      parameters: {},
      retry_delay_ms: 1_000,
      max_retry_delay_ms: 1_000,
      run_deadline_ms: 60_000,
      success_with_failures: 'warn',
      quality: null,
    },
    plan,
    idempotency: null,
  });
  await plans.settle(await plans.requireRecord(id), plan, null);
  return id;
}
