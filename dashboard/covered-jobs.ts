import { type BusinessCalendar, calendarNamed } from '../src/calendar/business-calendar.ts';
import type { Config } from '../src/config/config.ts';
import { policyFor } from '../src/config/job-policy.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { getLiveJob } from '../src/jobs/live-job.ts';
import type { CoveredJob } from '../src/tables/coverage.ts';
import { MAX_JOBS } from './log-request.ts';
import type { LoggedJobs } from './logged-jobs.ts';
import { invalidRequest } from './request-issues.ts';
import type { Asked } from './table-answers.ts';

/** Of all jobs together, and of a job that no longer is. */
const DEFAULT_CALENDAR = 'US';

/** Finds the jobs that a question about coverage names, each with its calendar. */
export class CoveredJobs {
  readonly #config: Pick<Config, 'jobs' | 'calendars'>;
  readonly #client: () => WorkspaceClient;
  readonly #logged: LoggedJobs;

  constructor(config: Pick<Config, 'jobs' | 'calendars'>, client: () => WorkspaceClient, logged: LoggedJobs) {
    this.#config = config;
    this.#client = client;
    this.#logged = logged;
  }

  /**
   * What was named, in its order, each once. A text that is a key or a name of the configuration is taken
   * whole; any other is split at its commas. Nothing named: all jobs together.
   * @throws BackfillError invalid_request, unknown_job, workspace_*
   */
  async find(asked: Asked, named: string | readonly string[] | undefined): Promise<CoveredJob[]> {
    if (named === undefined) return [{ job: null, calendar: this.#calendar(DEFAULT_CALENDAR) }];
    const texts = typeof named === 'string' ? [named] : named;
    const jobs = [...new Set(texts.flatMap((text) => this.#split(text)))];
    if (jobs.includes('') || jobs.length > MAX_JOBS) {
      throw invalidRequest([
        { field: 'job', message: `expected 1 to ${MAX_JOBS} jobs, separated by single commas` },
      ]);
    }
    return Promise.all(jobs.map((job) => this.#covered(asked, job)));
  }

  #split(text: string): string[] {
    const { jobs } = this.#config;
    if (Object.hasOwn(jobs, text) || Object.values(jobs).some(({ name }) => name === text)) return [text];
    return text.split(',').map((part) => part.trim());
  }

  async #covered(asked: Asked, job: string): Promise<CoveredJob> {
    const { jobId, jobName } = await this.#logged.find(asked, job);
    const calendar = this.#calendar(await this.#calendarOf(job, { jobId, jobName }));
    return { job, jobId, jobName, calendar };
  }

  async #calendarOf(job: string, { jobId, jobName }: Pick<CoveredJob, 'jobId' | 'jobName'>): Promise<string> {
    const { jobs } = this.#config;
    const byKey = Object.hasOwn(jobs, job) ? jobs[job] : undefined;
    if (byKey !== undefined) return byKey.policy.calendar;
    const name = jobName ?? (jobId && (await getLiveJob(this.#client(), jobId))?.settings.name) ?? '';
    return policyFor(this.#config, { jobId: jobId ?? '', name }).calendar;
  }

  #calendar(name: string): BusinessCalendar {
    return calendarNamed(name, this.#config.calendars);
  }
}
