import type { AppliedJob } from '../src/jobs/apply-jobs.ts';
import type { RemovedJob } from '../src/jobs/job-removal.ts';
import type { JobList, ListedJob } from '../src/jobs/list-jobs.ts';
import type { VerifiedJob } from '../src/jobs/verified-job.ts';

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
