import { invalidParameter } from '../api-error.ts';
import type { IdSequence } from '../id-sequence.ts';
import { type Job, runAsUserName } from './job.ts';
import type { JobSettings } from './job-settings.ts';
import type { SystemJobRow, SystemJobs } from './system-jobs.ts';

/** The saved jobs of the workspace. Names need not be unique, as in Databricks. */
export class JobRegistry {
  readonly #jobs = new Map<bigint, Job>();
  readonly #ids: IdSequence;
  readonly #systemJobs: SystemJobs;
  readonly #workspaceId: string;

  constructor(ids: IdSequence, systemJobs: SystemJobs, workspaceId: string) {
    this.#ids = ids;
    this.#systemJobs = systemJobs;
    this.#workspaceId = workspaceId;
  }

  create(settings: JobSettings, creatorUserName: string): Job {
    const job: Job = { jobId: this.#ids.next(), createdTimeMs: Date.now(), creatorUserName, settings };
    this.#jobs.set(job.jobId, job);
    this.#systemJobs.record(this.#row(job, null));
    return job;
  }

  change(job: Job, settings: JobSettings): void {
    job.settings = settings;
    this.#systemJobs.record(this.#row(job, null));
  }

  delete(job: Job): void {
    this.#jobs.delete(job.jobId);
    this.#systemJobs.record(this.#row(job, new Date().toISOString()));
  }

  find(jobId: bigint): Job | undefined {
    return this.#jobs.get(jobId);
  }

  /** Throws the 400 with which the Jobs API reports a missing job. */
  get(jobId: bigint): Job {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw invalidParameter(`Job ${jobId} does not exist.`);
    return job;
  }

  /** Newest first. */
  list(): Job[] {
    return [...this.#jobs.values()].reverse();
  }

  #row(job: Job, deleteTime: string | null): SystemJobRow {
    return {
      workspace_id: this.#workspaceId,
      job_id: String(job.jobId),
      name: job.settings.name,
      creator_id: job.creatorUserName,
      tags: { ...job.settings.tags },
      change_time: new Date().toISOString(),
      delete_time: deleteTime,
      run_as: runAsUserName(job),
    };
  }
}
