import { z } from 'zod';
import type { Config } from '../src/config/config.ts';
import { type AppliedJob, applyJobs } from '../src/jobs/apply-jobs.ts';
import { type ListedJob, listJobs } from '../src/jobs/list-jobs.ts';
import { type Route, route } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

/** Body of POST /api/jobs/apply. */
const ApplyRequestSchema = z
  .strictObject({
    /** Say what would be done and write nothing. */
    dry_run: z.boolean().default(false),
    /** Take over a job of the same name that was made by someone else. */
    adopt: z.boolean().default(false),
  })
  .prefault({});

/** Jobs of the configuration against those of the workspace. */
export function jobRoutes(config: Config, access: WorkspaceAccess, notebooksDir: string): Route[] {
  const definitions = Object.values(config.jobs);
  return [
    route({
      method: 'get',
      path: '/api/jobs',
      summary: 'Jobs of the configuration beside what the workspace has',
      handle: async () => {
        const jobs = await listJobs(access.client(), definitions);
        return { status: 200, body: { items: jobs.map(listedJob), next_cursor: null } };
      },
    }),
    route({
      method: 'post',
      path: '/api/jobs/apply',
      summary: 'Create the jobs that are missing and reset those that differ',
      body: ApplyRequestSchema,
      handle: async ({ body }) => {
        const applied = await applyJobs({
          client: access.client(),
          definitions,
          notebooksDir,
          dryRun: body.dry_run,
          adopt: body.adopt,
        });
        return { status: 200, body: { items: applied.map(appliedJob), next_cursor: null } };
      },
    }),
  ];
}

function listedJob({ key, name, state, jobIds, maxConcurrentRuns, differences }: ListedJob) {
  return { key, name, state, job_ids: jobIds, max_concurrent_runs: maxConcurrentRuns, differences };
}

function appliedJob({ key, name, jobId, action, differences, notebooks, ignored }: AppliedJob) {
  return { key, name, job_id: jobId, action, differences, notebooks, ignored };
}
