import type { Job } from '../databricks/job.ts';
import type { WireJobSettings } from '../databricks/jobs-api.ts';
import type { WorkspaceClient } from '../databricks/workspace-client.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { SERVER_KEYS } from './comparable-settings.ts';
import { importNotebook } from './notebook-file.ts';
import { jobGone, type PlannedJob, type PlannedNotebook } from './planned-job.ts';

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
  async write(plan: PlannedJob): Promise<{ jobId: string; created: boolean }> {
    for (const notebook of plan.notebooks) if (!notebook.imported) await this.#import(notebook);
    const { live, definition } = plan;
    if (live === null) return { jobId: await this.#create(definition.settings), created: true };
    if (plan.differences.length === 0 || (await this.#reset(live, definition.settings))) {
      return { jobId: live.jobId, created: false };
    }
    if (definition.jobId !== null) throw jobGone(definition.key, definition.jobId);
    return { jobId: await this.#create(definition.settings), created: true };
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

  async #create(settings: WireJobSettings): Promise<string> {
    const { jobId } = await this.#client.jobs.create(settings);
    this.#undos.push({ what: `new job ${jobId}`, run: () => this.#client.jobs.delete(jobId) });
    return jobId;
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
