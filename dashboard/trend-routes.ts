import { readTrends } from '../src/tables/trends.ts';
import { checkRange, TrendsQuerySchema } from './log-request.ts';
import type { LoggedJobs } from './logged-jobs.ts';
import { type Route, route } from './route.ts';
import type { TableAnswers } from './table-answers.ts';
import { type TrendAnswer, TrendAnswerSchema } from './trend-answer.ts';

/** How runs went over time, from the log. */
export function trendRoutes(answers: TableAnswers, logged: LoggedJobs): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/trends',
      summary: 'Success, run duration and retries by the day on which attempts started',
      query: TrendsQuerySchema,
      answers: { 200: TrendAnswerSchema },
      handle: async (call) => {
        const { job, start_date, end_date } = call.query;
        checkRange(call.query);
        const { jobId, jobName } = await logged.find(call, job);
        const range = { jobId, jobName, startDate: start_date, endDate: end_date };
        return answers.recent(
          call,
          ['trends', range],
          async (warehouse, tables): Promise<TrendAnswer> => ({
            job: job ?? null,
            ...(await readTrends(warehouse, tables, range)),
          }),
        );
      },
    }),
  ];
}
