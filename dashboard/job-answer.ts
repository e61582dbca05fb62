import { z } from 'zod';
import type { AppliedJob } from '../src/jobs/apply-jobs.ts';
import type { RemovedJob } from '../src/jobs/job-removal.ts';
import type { JobList, ListedJob } from '../src/jobs/list-jobs.ts';
import type { SettingDifference } from '../src/jobs/settings-difference.ts';
import type { VerifiedJob } from '../src/jobs/verified-job.ts';
import { ANSWERS, CountSchema, TimeSchema, type WordsOf } from './answer-schemas.ts';

/** Body of GET /api/jobs. */
export function jobListAnswer({ items, note }: JobList) {
  return { items: items.map(listedJob), next_cursor: null, note };
}

/** Body of POST /api/jobs/apply. */
export function appliedJobsAnswer(applied: readonly AppliedJob[]) {
  return { items: applied.map(appliedJob), next_cursor: null };
}

/** Body of POST /api/jobs/cleanup. */
export function removedJobsAnswer(removed: readonly RemovedJob[]) {
  return { items: removed.map(removedJob), next_cursor: null };
}

function listedJob({ jobIds, maxConcurrentRuns, jobs, ...listed }: ListedJob) {
  const { key, name, state, differences } = listed;
  return {
    ...{ key, name, state, job_ids: jobIds, max_concurrent_runs: maxConcurrentRuns, differences },
    jobs: jobs.map(verifiedJob),
  };
}

function verifiedJob({ jobId, found, agree, managed, createdAt, creatorUserName }: VerifiedJob) {
  return {
    ...{ job_id: jobId, found, agree, managed },
    created_at: createdAt,
    creator_user_name: creatorUserName,
  };
}

function appliedJob({ key, name, jobId, action, differences, notebooks, ignored }: AppliedJob) {
  return { key, name, job_id: jobId, action, differences, notebooks, ignored };
}

/** Body of POST /api/jobs/delete. */
export function removedJob({ jobId, name, createdAt, creatorUserName, action, liveRuns }: RemovedJob) {
  return {
    ...{ job_id: jobId, name, created_at: createdAt },
    ...{ creator_user_name: creatorUserName, action, live_runs: liveRuns },
  };
}

const DifferenceSchema = z
  .strictObject({ path: z.string(), live: z.string().nullable(), declared: z.string().nullable() })
  .register(ANSWERS, { id: 'SettingDifference' }) satisfies z.ZodType<SettingDifference>;

const VerifiedJobSchema = z
  .strictObject({
    job_id: z.string(),
    found: z.enum({
      both: 'both',
      api: 'api',
      system_table: 'system_table',
      renamed: 'renamed',
    } satisfies WordsOf<VerifiedJob['found']>),
    agree: z.boolean().nullable(),
    managed: z.boolean(),
    created_at: TimeSchema.nullable(),
    creator_user_name: z.string().nullable(),
  })
  .register(ANSWERS, { id: 'VerifiedJob' }) satisfies z.ZodType<ReturnType<typeof verifiedJob>>;

const ListedJobSchema = z
  .strictObject({
    key: z.string().nullable(),
    name: z.string(),
    state: z.enum({
      missing: 'missing',
      optional: 'optional',
      ambiguous: 'ambiguous',
      external: 'external',
      not_managed: 'not_managed',
      differs: 'differs',
      in_sync: 'in_sync',
    } satisfies WordsOf<ListedJob['state']>),
    job_ids: z.array(z.string()),
    max_concurrent_runs: z.int().nullable(),
    differences: z.array(DifferenceSchema),
    jobs: z.array(VerifiedJobSchema),
  })
  .register(ANSWERS, { id: 'Job' }) satisfies z.ZodType<ReturnType<typeof listedJob>>;

/** GET /api/jobs. */
export const JobListSchema = z
  .strictObject({ items: z.array(ListedJobSchema), next_cursor: z.null(), note: z.string().nullable() })
  .register(ANSWERS, { id: 'JobList' }) satisfies z.ZodType<ReturnType<typeof jobListAnswer>>;

const AppliedJobSchema = z
  .strictObject({
    key: z.string(),
    name: z.string(),
    job_id: z.string().nullable(),
    action: z.enum({ created: 'created', reset: 'reset', unchanged: 'unchanged' } satisfies WordsOf<
      AppliedJob['action']
    >),
    differences: z.array(DifferenceSchema),
    notebooks: z.array(
      z.strictObject({
        path: z.string(),
        action: z.enum({
          imported: 'imported',
          unchanged: 'unchanged',
          not_ours: 'not_ours',
        } satisfies WordsOf<AppliedJob['notebooks'][number]['action']>),
      }),
    ),
    ignored: z.array(z.string()),
  })
  .register(ANSWERS, { id: 'AppliedJob' }) satisfies z.ZodType<ReturnType<typeof appliedJob>>;

/** POST /api/jobs/apply. */
export const AppliedJobsSchema = z
  .strictObject({ items: z.array(AppliedJobSchema), next_cursor: z.null() })
  .register(ANSWERS, { id: 'AppliedJobs' }) satisfies z.ZodType<ReturnType<typeof appliedJobsAnswer>>;

/** POST /api/jobs/delete. */
export const RemovedJobSchema = z
  .strictObject({
    job_id: z.string(),
    name: z.string(),
    created_at: TimeSchema,
    creator_user_name: z.string().nullable(),
    action: z.enum({ kept: 'kept', deleted: 'deleted', left: 'left' } satisfies WordsOf<
      RemovedJob['action']
    >),
    live_runs: CountSchema,
  })
  .register(ANSWERS, { id: 'RemovedJob' }) satisfies z.ZodType<ReturnType<typeof removedJob>>;

/** POST /api/jobs/cleanup. */
export const RemovedJobsSchema = z
  .strictObject({ items: z.array(RemovedJobSchema), next_cursor: z.null() })
  .register(ANSWERS, { id: 'RemovedJobs' }) satisfies z.ZodType<ReturnType<typeof removedJobsAnswer>>;
