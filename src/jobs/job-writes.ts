import type { Job } from '../databricks/job.ts';
import type { WireJobSettings } from '../databricks/jobs-api.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { SERVER_KEYS } from './comparable-settings.ts';
import { isOurs, type JobDefinition } from './job-definition.ts';
import { findJobsByName, getLiveJob } from './live-job.ts';
import { importNotebook } from './notebook-file.ts';
import { jobGone, type PlannedJob, type PlannedNotebook } from './planned-job.ts';
import { type SettingDifference, settingDifferences } from './settings-difference.ts';

export interface WrittenJob {
  readonly jobId: string;
  readonly created: boolean;
  /** What differed before, of a job that was there. */
  readonly differences: readonly SettingDifference[];
}

interface Undo {
  readonly what: string;
  readonly run: () => Promise<unknown>;
}

/** The writes of one `jobs apply`, which can be taken back when Databricks refuses one of them. */
export class JobWrites {
  readonly #client: WorkspaceClient;
  readonly #undos: Undo[] = [];

  constructor(client: WorkspaceClient) {
    this.#client = client;
  }

  /**
   * Brings one job to its definition; notebooks come first, so that a job is never there before what it
   * runs. One that has vanished since it was looked at is created anew.
   *
   * @throws BackfillError `workspace_*`; `unknown_job` where the configuration names the id that vanished.
   */
  async write(plan: PlannedJob): Promise<WrittenJob> {
    for (const notebook of plan.notebooks) if (!notebook.imported) await this.#import(notebook);
    const { live, definition } = plan;
    if (live === null) return this.#createOnce(definition);
    const { differences } = plan;
    if (differences.length === 0 || (await this.#reset(live, definition.settings))) {
      return { jobId: live.jobId, created: false, differences };
    }
    if (definition.jobId !== null) throw jobGone(definition.key, definition.jobId);
    return this.#createOnce(definition, live.jobId);
  }

  /** What is written and not taken back, in the order of writing. */
  get written(): string[] {
    return this.#undos.map(({ what }) => what);
  }

  /** Takes everything back, the last write first. Answers what is still written because that failed too. */
  async undo(): Promise<string[]> {
    const remaining: string[] = [];
    for (let last = this.#undos.pop(); last !== undefined; last = this.#undos.pop()) {
      try {
        await last.run();
      } catch (failure) {
        if (!(failure instanceof BackfillError)) throw failure;
        remaining.push(last.what);
      }
    }
    return remaining;
  }

  async #import({ file, stored }: PlannedNotebook): Promise<void> {
    const { files } = this.#client;
    await importNotebook(files, file);
    this.#undos.push({
      what: `notebook ${file.path}`,
      run: () => (stored === null ? files.delete(file.path) : files.importNotebook(stored)),
    });
  }

  /**
   * Names are not unique in a workspace, so two applies at once create two jobs. Each looks once more after
   * it has created, and then the later one gives way to the older.
   *
   * @param vanished the job that was there before; a list may still name it.
   */
  async #createOnce(definition: JobDefinition, vanished: string | null = null): Promise<WrittenJob> {
    const { name, settings, confidential } = definition;
    const { jobs } = this.#client;
    const { jobId } = await jobs.create(settings);
    const undo: Undo = { what: `new job ${jobId}`, run: () => jobs.delete(jobId) };
    this.#undos.push(undo);
    const older = await this.#olderOfOurs(name, jobId, vanished);
    if (older === null) return { jobId, created: true, differences: [] };
    await jobs.delete(jobId);
    this.#undos.splice(this.#undos.indexOf(undo), 1);
    const differences = settingDifferences(settings, older.rawSettings, confidential);
    if (differences.length > 0 && !(await this.#reset(older, settings))) {
      throw new BackfillError(
        'unknown_job',
        `Another apply created job "${name}" (${older.jobId}) at the same time, and it was deleted before it could be brought to this definition. Apply again.`,
        { details: { job: name, job_id: older.jobId } },
      );
    }
    return { jobId: older.jobId, created: false, differences };
  }

  async #olderOfOurs(name: string, jobId: string, vanished: string | null): Promise<Job | null> {
    const found = (await findJobsByName(this.#client, name)).filter((job) => job.jobId !== vanished);
    const oldest = found.find((job) => job.jobId === jobId || isOurs(job.settings.tags));
    return oldest === undefined || oldest.jobId === jobId ? null : getLiveJob(this.#client, oldest.jobId);
  }

  /** Whether the job was still there. */
  async #reset({ jobId, rawSettings }: Job, settings: WireJobSettings): Promise<boolean> {
    try {
      await this.#client.jobs.reset(jobId, settings);
    } catch (failure) {
      if (failure instanceof BackfillError && failure.code === 'workspace_not_found') return false;
      throw failure;
    }
    const before = Object.entries(rawSettings).filter(([key]) => !SERVER_KEYS.includes(key));
    this.#undos.push({
      what: `settings of job ${jobId}`,
      run: () => this.#client.jobs.reset(jobId, Object.fromEntries(before)),
    });
    return true;
  }
}
