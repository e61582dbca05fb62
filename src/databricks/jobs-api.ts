import { LosslessNumber } from 'lossless-json';
import { z } from 'zod';
import { BackfillError } from '../errors/backfill-error.ts';
import { type Job, JobSchema } from './job.ts';
import { IdSchema, TextSchema } from './json.ts';
import type { CallOptions, RestClient } from './rest-client.ts';
import { type Run, RunSchema } from './run.ts';

/** Settings of a job as the API and Databricks bundles spell them (snake_case). */
export type WireJobSettings = Readonly<Record<string, unknown>>;

export interface RunNowRequest {
  jobId: string;
  jobParameters?: Readonly<Record<string, string>>;
  notebookParams?: Readonly<Record<string, string>>;
  /** At most 64 characters. The same token never starts a second run, however often it is sent. */
  idempotencyToken: string;
  /** Overrides whether the run waits in Databricks' queue when the job is full. */
  queueEnabled?: boolean;
}

export interface RunFilter {
  jobId?: string;
  activeOnly?: boolean;
  completedOnly?: boolean;
  startTimeFromMs?: number;
  /** 1 to 24; 20 by default. */
  limit?: number;
  pageToken?: string;
}

export interface RunPage {
  runs: Run[];
  nextPageToken: string | null;
}

export interface RunOutput {
  error: string | null;
  errorTrace: string | null;
  /** What the notebook passed to its exit call. */
  result: string | null;
}

const JOBS = '/api/2.2/jobs';

/** The largest page of `runs/list`: "greater than 0 and less than 25". */
const LARGEST_RUN_PAGE = 24;

const NothingSchema = z.unknown();
const CreatedSchema = z.object({ job_id: IdSchema });
const StartedSchema = z.object({ run_id: IdSchema });
const JobPageSchema = z.object({ jobs: z.array(JobSchema).default([]), next_page_token: TextSchema });
const RunPageSchema = z.object({ runs: z.array(RunSchema).default([]), next_page_token: TextSchema });
const OutputSchema = z.object({
  error: TextSchema,
  error_trace: TextSchema,
  notebook_output: z.object({ result: TextSchema }).nullish(),
});
const JobPartSchema = JobSchema.and(z.object({ next_page_token: TextSchema }));

/**
 * Jobs API 2.2. Every call throws BackfillError workspace_*; a job or run that does not exist is
 * `workspace_not_found`.
 *
 * @see https://docs.databricks.com/api/workspace/jobs
 */
export class JobsApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** Not repeated after a lost answer: names are not unique, and a second job would be made. */
  async create(settings: WireJobSettings, options?: CallOptions): Promise<{ jobId: string }> {
    const post = { path: `${JOBS}/create`, body: settings, idempotent: false };
    return { jobId: (await this.#rest.post(post, CreatedSchema, options)).job_id };
  }

  /** Replaces all settings. */
  async reset(jobId: string, settings: WireJobSettings, options?: CallOptions): Promise<void> {
    const body = { job_id: wireId(jobId), new_settings: settings };
    await this.#rest.post({ path: `${JOBS}/reset`, body, idempotent: true }, NothingSchema, options);
  }

  /** Replaces the top-level settings given; tasks are merged by their key. */
  async update(jobId: string, settings: WireJobSettings, options?: CallOptions): Promise<void> {
    const body = { job_id: wireId(jobId), new_settings: settings };
    await this.#rest.post({ path: `${JOBS}/update`, body, idempotent: true }, NothingSchema, options);
  }

  async delete(jobId: string, options?: CallOptions): Promise<void> {
    const body = { job_id: wireId(jobId) };
    await this.#rest.post({ path: `${JOBS}/delete`, body, idempotent: false }, NothingSchema, options);
  }

  /** One job with all its tasks and parameters, which arrive a hundred a page. */
  async get(jobId: string, options?: CallOptions): Promise<Job> {
    const id = wireId(jobId).toString();
    const { next_page_token: token, ...first } = await this.#getPart(id, undefined, options);
    let job: Job = first;
    for (let pageToken = token; pageToken !== null; ) {
      const part = await this.#getPart(id, pageToken, options);
      job = joinJob(job, part);
      pageToken = part.next_page_token;
    }
    return job;
  }

  /** Every job, or every job of exactly this name (compared without case by the workspace). */
  async list(filter: { name?: string } = {}, options?: CallOptions): Promise<Job[]> {
    const jobs: Job[] = [];
    let pageToken: string | undefined;
    do {
      const query = { name: filter.name, limit: 100, expand_tasks: true, page_token: pageToken };
      const page = await this.#rest.get(`${JOBS}/list`, query, JobPageSchema, options);
      jobs.push(...page.jobs);
      pageToken = page.next_page_token ?? undefined;
    } while (pageToken !== undefined);
    return jobs;
  }

  /**
   * Starts a run, or returns the run that this token has started already.
   *
   * @throws BackfillError with `details.reason` `run_deleted` when that run has been deleted.
   */
  async runNow(request: RunNowRequest, options?: CallOptions): Promise<{ runId: string }> {
    const body = {
      job_id: wireId(request.jobId),
      idempotency_token: request.idempotencyToken,
      ...(request.jobParameters && { job_parameters: request.jobParameters }),
      ...(request.notebookParams && { notebook_params: request.notebookParams }),
      ...(request.queueEnabled !== undefined && { queue: { enabled: request.queueEnabled } }),
    };
    const post = { path: `${JOBS}/run-now`, body, idempotent: true };
    return { runId: (await this.#rest.post(post, StartedSchema, options)).run_id };
  }

  /** One run with its first hundred tasks. */
  async getRun(runId: string, options?: CallOptions): Promise<Run> {
    return this.#rest.get(`${JOBS}/runs/get`, { run_id: wireId(runId).toString() }, RunSchema, options);
  }

  /** One page of runs, without their tasks: the last ended first, unfinished ones by their start. */
  async listRuns(filter: RunFilter = {}, options?: CallOptions): Promise<RunPage> {
    const query = {
      job_id: filter.jobId === undefined ? undefined : wireId(filter.jobId).toString(),
      active_only: filter.activeOnly,
      completed_only: filter.completedOnly,
      start_time_from: filter.startTimeFromMs,
      limit: Math.min(filter.limit ?? 20, LARGEST_RUN_PAGE),
      page_token: filter.pageToken,
    };
    const page = await this.#rest.get(`${JOBS}/runs/list`, query, RunPageSchema, options);
    return { runs: page.runs, nextPageToken: page.next_page_token };
  }

  /** Asks for the end of a run; the run is over when it is terminated. */
  async cancelRun(runId: string, options?: CallOptions): Promise<void> {
    const body = { run_id: wireId(runId) };
    await this.#rest.post({ path: `${JOBS}/runs/cancel`, body, idempotent: true }, NothingSchema, options);
  }

  /** What a task printed at its end. Takes the run id of a task (`Run.tasks`), not of the job's run. */
  async getRunOutput(taskRunId: string, options?: CallOptions): Promise<RunOutput> {
    const query = { run_id: wireId(taskRunId).toString() };
    const output = await this.#rest.get(`${JOBS}/runs/get-output`, query, OutputSchema, options);
    return {
      error: output.error,
      errorTrace: output.error_trace,
      result: output.notebook_output?.result ?? null,
    };
  }

  #getPart(jobId: string, pageToken: string | undefined, options: CallOptions | undefined) {
    return this.#rest.get(`${JOBS}/get`, { job_id: jobId, page_token: pageToken }, JobPartSchema, options);
  }
}

/** Ids go out as plain integers, whatever their size. */
function wireId(id: string): LosslessNumber {
  if (/^\d+$/.test(id)) return new LosslessNumber(id);
  throw new BackfillError(
    'invalid_request',
    `A Databricks id is a whole number, not ${JSON.stringify(id)}.`,
    {
      details: { id },
    },
  );
}

/** Later pages repeat the settings with the next part of every long list. */
function joinJob(job: Job, part: Job): Job {
  const raw = Object.entries(part.rawSettings).map(([key, value]) => {
    const before = job.rawSettings[key];
    return [key, Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value];
  });
  const settings = {
    ...job.settings,
    parameters: [...job.settings.parameters, ...part.settings.parameters],
    tasks: [...job.settings.tasks, ...part.settings.tasks],
  };
  return { ...job, settings, rawSettings: { ...job.rawSettings, ...Object.fromEntries(raw) } };
}
