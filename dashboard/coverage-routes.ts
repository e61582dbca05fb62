import type { Config } from '../src/config/config.ts';
import { readCoverage } from '../src/tables/coverage.ts';
import { CoverageQuerySchema, checkRange, jobFilter } from './log-request.ts';
import { TABLE_DEADLINE_MS } from './log-routes.ts';
import { type Route, route } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** Which business days have been processed. */
export function coverageRoutes(config: Config, access: WorkspaceAccess): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/coverage',
      summary: 'Business days of a range, processed or missing',
      query: CoverageQuerySchema,
      handle: async ({ query }) => {
        checkRange(query);
        const ofJob = await jobFilter(() => access.client(), config.jobs, query.job);
        const range = {
          ...ofJob,
          job: query.job ?? null,
          startDate: query.start_date,
          endDate: query.end_date,
        };
        const coverage = await access.read(TABLE_DEADLINE_MS, (warehouse, tables) =>
          readCoverage(warehouse, tables, range),
        );
        return { status: 200, body: coverage };
      },
    }),
  ];
}
