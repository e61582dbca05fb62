import type { Config } from '../src/config/config.ts';
import { configuredJobs } from '../src/config/configured-jobs.ts';
import { applyJobs } from '../src/jobs/apply-jobs.ts';
import { cleanUpJobs, deleteJob, type RemovalOptions } from '../src/jobs/job-removal.ts';
import { listJobs } from '../src/jobs/list-jobs.ts';
import { targetToRemove } from '../src/jobs/removal-target.ts';
import type { SystemTableSource } from '../src/jobs/system-jobs.ts';
import {
  AppliedJobsSchema,
  appliedJobsAnswer,
  JobListSchema,
  jobListAnswer,
  RemovedJobSchema,
  RemovedJobsSchema,
  removedJob,
  removedJobsAnswer,
} from './job-answer.ts';
import {
  ApplyRequestSchema,
  CleanupRequestSchema,
  DeleteRequestSchema,
  JobListQuerySchema,
  type RemovalRequest,
} from './job-request.ts';
import { type Route, route } from './route.ts';
import type { WorkspaceAccess } from './workspace-access.ts';

const READ_DEADLINE_MS = 90_000;

const VERIFICATION = { auto: 'if_running', always: 'always', never: 'never' } as const;

/** Jobs of the configuration and those of the workspace. What writes is for operators, as every POST is. */
export function jobRoutes(
  config: Config,
  access: WorkspaceAccess,
  notebooksDir: string,
  openBackfills: NonNullable<RemovalOptions['openBackfills']>,
): Route[] {
  const removalOptions = (body: RemovalRequest): RemovalOptions => ({
    client: access.client(),
    dryRun: body.dry_run,
    withLiveRuns: body.with_live_runs,
    anyOwner: body.any_owner,
    openBackfills,
  });
  return [
    route({
      method: 'get',
      path: '/api/jobs',
      summary: 'Jobs of the configuration, or of a name, beside what the workspace has',
      query: JobListQuerySchema,
      answers: { 200: JobListSchema },
      handle: async ({ query }) => {
        const source = {
          client: access.client(),
          warehouseId: config.databricks?.warehouseId ?? null,
          query: (...statement: Parameters<SystemTableSource['query']>) =>
            access.read(READ_DEADLINE_MS, (warehouse) => warehouse.query(...statement)),
          verification: VERIFICATION[query.verify],
        };
        const jobs = await listJobs(source, Object.values(config.jobs), query.name);
        return { status: 200, body: jobListAnswer(jobs) };
      },
    }),
    route({
      method: 'post',
      path: '/api/jobs/apply',
      summary: 'Create the jobs that are missing and reset those that differ',
      body: ApplyRequestSchema,
      answers: { 200: AppliedJobsSchema },
      handle: async ({ body }) => {
        const applied = await applyJobs({
          client: access.client(),
          definitions: configuredJobs(config, body.job),
          notebooksDir,
          dryRun: body.dry_run,
          adopt: body.adopt,
        });
        return { status: 200, body: appliedJobsAnswer(applied) };
      },
    }),
    route({
      method: 'post',
      path: '/api/jobs/cleanup',
      summary: 'Delete the duplicates of a name and keep the newest',
      body: CleanupRequestSchema,
      answers: { 200: RemovedJobsSchema },
      handle: async ({ body }) => {
        const { name, jobId } = targetToRemove(config, { job: body.name });
        const which = { name, keepLatest: body.keep_latest, keepId: jobId };
        const removed = await cleanUpJobs(which, removalOptions(body));
        return { status: 200, body: removedJobsAnswer(removed) };
      },
    }),
    route({
      method: 'post',
      path: '/api/jobs/delete',
      summary: 'Delete one job',
      body: DeleteRequestSchema,
      answers: { 200: RemovedJobSchema },
      handle: async ({ body }) => {
        const target = targetToRemove(config, { job: body.job, jobId: body.job_id });
        return { status: 200, body: removedJob(await deleteJob(target, removalOptions(body))) };
      },
    }),
  ];
}
