import type { LogFilter } from '../src/tables/log-filter.ts';
import { searchLog } from '../src/tables/log-search.ts';
import { readLogSummary } from '../src/tables/log-summary.ts';
import { LogAnswerSchema, LogSummaryAnswerSchema } from './log-answer.ts';
import { checkRange, LogQuerySchema, LogSummaryQuerySchema } from './log-request.ts';
import type { LoggedJobs } from './logged-jobs.ts';
import { type Route, route } from './route.ts';
import type { Asked, TableAnswers } from './table-answers.ts';

type FilterCall = Asked & { readonly query: ReturnType<typeof LogSummaryQuerySchema.parse> };

/** `backfill_log` as rows and as counts. */
export function logRoutes(answers: TableAnswers, jobs: LoggedJobs): Route[] {
  const filterOf = async (call: FilterCall): Promise<LogFilter> => {
    const { query } = call;
    checkRange(query);
    return {
      ...(await jobs.find(call, query.job)),
      status: query.status,
      startDate: query.start_date,
      endDate: query.end_date,
      backfillId: query.backfill_id,
    };
  };
  return [
    route({
      method: 'get',
      path: '/api/log',
      summary: 'Rows of backfill_log, newest first or by date; SKIPPED only when status asks for it',
      query: LogQuerySchema,
      answers: { 200: LogAnswerSchema },
      handle: async (call) => {
        const { limit, cursor, order, include } = call.query;
        const filter = await filterOf(call);
        const question = ['log', filter, limit, cursor, order, include];
        return answers.recent(call, question, async (warehouse, tables) => {
          const asOf = new Date().toISOString();
          const durations = include === 'duration_seconds';
          const page = await searchLog(warehouse, tables, filter, { limit, cursor, order, durations });
          return { items: page.items, next_cursor: page.nextCursor, as_of: asOf };
        });
      },
    }),
    route({
      method: 'get',
      path: '/api/log/summary',
      summary: 'How many rows of backfill_log have each status',
      query: LogSummaryQuerySchema,
      answers: { 200: LogSummaryAnswerSchema },
      handle: async (call) => {
        const filter = await filterOf(call);
        return answers.recent(call, ['summary', filter], (warehouse, tables) =>
          readLogSummary(warehouse, tables, filter),
        );
      },
    }),
  ];
}
