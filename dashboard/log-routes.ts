import type { Config } from '../src/config/config.ts';
import { searchLog } from '../src/tables/log-search.ts';
import { readLogSummary } from '../src/tables/log-summary.ts';
import { checkRange, jobFilter, LogQuerySchema, LogSummaryQuerySchema } from './log-request.ts';
import { type Route, route } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** How long a request waits for the warehouse. */
export const TABLE_DEADLINE_MS = 60_000;

/** `backfill_log` as rows and as counts. */
export function logRoutes(config: Config, access: WorkspaceAccess): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/log',
      summary: 'Rows of backfill_log, newest first; SKIPPED only when status asks for it',
      query: LogQuerySchema,
      handle: async ({ query: { job, limit, cursor, ...filter } }) => {
        checkRange(filter);
        const ofJob = await jobFilter(() => access.client(), config.jobs, job);
        const page = await access.read(TABLE_DEADLINE_MS, (warehouse, tables) =>
          searchLog(warehouse, tables, { ...ofJob, ...filterOf(filter) }, { limit, cursor }),
        );
        return { status: 200, body: { items: page.items, next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: 'get',
      path: '/api/log/summary',
      summary: 'How many rows of backfill_log have each status',
      query: LogSummaryQuerySchema,
      handle: async ({ query: { job, ...filter } }) => {
        checkRange(filter);
        const ofJob = await jobFilter(() => access.client(), config.jobs, job);
        const summary = await access.read(TABLE_DEADLINE_MS, (warehouse, tables) =>
          readLogSummary(warehouse, tables, { ...ofJob, ...filterOf(filter) }),
        );
        return { status: 200, body: summary };
      },
    }),
  ];
}

function filterOf(query: Omit<ReturnType<typeof LogSummaryQuerySchema.parse>, 'job'>) {
  return {
    status: query.status,
    startDate: query.start_date,
    endDate: query.end_date,
    backfillId: query.backfill_id,
  };
}
