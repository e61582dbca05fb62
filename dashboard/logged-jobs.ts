import type { Config } from '../src/config/config.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { findJobsByName } from '../src/jobs/live-job.ts';
import type { LogFilter } from '../src/tables/log-filter.ts';
import type { Asked, TableAnswers } from './table-answers.ts';

/** Which rows of the log are a job's; the id counts where both are there. */
export type LoggedJob = Pick<LogFilter, 'jobId' | 'jobName'>;

/** Finds the job that a question about the log names. */
export class LoggedJobs {
  readonly #config: Pick<Config, 'jobs'>;
  readonly #client: () => WorkspaceClient;
  readonly #answers: TableAnswers;

  constructor(config: Pick<Config, 'jobs'>, client: () => WorkspaceClient, answers: TableAnswers) {
    this.#config = config;
    this.#client = client;
    this.#answers = answers;
  }

  /**
   * By its id, as planning has it: a job that was made anew under the same name starts without a past. The
   * name holds only where no live job has it, or several have. A name that neither the configuration nor the
   * workspace has is an error: an empty answer would read as if nothing had been processed.
   * @throws BackfillError unknown_job, workspace_*
   */
  async find(asked: Asked, job: string | undefined): Promise<LoggedJob> {
    if (job === undefined) return {};
    const { jobs } = this.#config;
    const byKey = Object.hasOwn(jobs, job) ? jobs[job] : undefined;
    const configured = byKey ?? Object.values(jobs).find(({ name }) => name === job);
    if (configured !== undefined) {
      const { jobId, name } = configured;
      return jobId === null ? this.#named(asked, name) : { jobId };
    }
    if (/^\d{1,19}$/.test(job)) return { jobId: job };
    const live = await this.#named(asked, job);
    if (live.live > 0) return live;
    throw new BackfillError(
      'unknown_job',
      `There is no job "${job}" in the configuration or the workspace. Correct the name; the log of a job that is gone is found by its id.`,
      { details: { job } },
    );
  }

  #named(asked: Asked, jobName: string): Promise<LoggedJob & { live: number }> {
    return this.#answers.beside(asked, ['job', jobName], async () => {
      const [only, ...others] = await findJobsByName(this.#client(), jobName);
      if (only === undefined || others.length > 0) return { jobName, live: only ? 1 + others.length : 0 };
      return { jobName, jobId: only.jobId, live: 1 };
    });
  }
}
