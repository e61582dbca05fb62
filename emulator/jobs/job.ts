import type { JobSettings } from './job-settings.ts';

/** A saved job. */
export interface Job {
  readonly jobId: bigint;
  readonly createdTimeMs: number;
  readonly creatorUserName: string;
  settings: JobSettings;
}

/** The user that the job's runs act as: the one it names, else its creator. */
export function runAsUserName(job: Job): string {
  const { run_as } = job.settings;
  return run_as?.user_name ?? run_as?.service_principal_name ?? job.creatorUserName;
}

/** The job as jobs/get and jobs/list show it. */
export function jobView(job: Job, settings: Record<string, unknown> = job.settings) {
  return {
    job_id: job.jobId,
    creator_user_name: job.creatorUserName,
    run_as_user_name: runAsUserName(job),
    created_time: job.createdTimeMs,
    settings,
  };
}
