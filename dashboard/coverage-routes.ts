import type { Outbox } from '../queues/outbox/outbox.ts';
import { addYears, type CalendarDate } from '../src/calendar/calendar-date.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { readCoverage } from '../src/tables/coverage.ts';
import { CoverageAnswerSchema, coverageAnswer } from './coverage-answer.ts';
import type { CoveredJobs } from './covered-jobs.ts';
import { CoverageQuerySchema, checkRange } from './log-request.ts';
import { type Route, route } from './route.ts';
import type { TableAnswers } from './table-answers.ts';

/** Longest range of one answer. */
const MAX_YEARS = 50;

/** Which business days have been processed. */
export function coverageRoutes(answers: TableAnswers, jobs: CoveredJobs, outbox: Outbox): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/coverage',
      summary: 'Business days of a range, processed or missing; of several jobs as a list',
      query: CoverageQuerySchema,
      answers: { 200: CoverageAnswerSchema },
      handle: async (call) => {
        const { job, start_date, end_date } = call.query;
        checkRange(call.query);
        checkSpan(start_date, end_date);
        const covered = await jobs.find(call, job);
        const question = [
          'coverage',
          covered.map((one) => [one.job, one.jobId, one.jobName, one.calendar.name]),
          start_date,
          end_date,
        ];
        return answers.recent(call, question, async (warehouse, tables) => {
          // In this order: a row that leaves the outbox in between is in the table then.
          const pending = await outbox.attemptRows();
          const range = { startDate: start_date, endDate: end_date };
          return coverageAnswer(await readCoverage(warehouse, tables, range, covered, pending));
        });
      },
    }),
  ];
}

function checkSpan(first: CalendarDate, last: CalendarDate): void {
  // Years are compared first: addYears would leave the calendar behind the year 9999.
  const years = Number(last.slice(0, 4)) - Number(first.slice(0, 4));
  if (years < MAX_YEARS || (years === MAX_YEARS && last <= addYears(first, MAX_YEARS))) return;
  throw new BackfillError(
    'range_too_long',
    `${first} to ${last} is more than ${MAX_YEARS} years. Ask for a part of it at a time.`,
    { details: { start_date: first, end_date: last, max_years: MAX_YEARS } },
  );
}
