import { randomUUID } from 'node:crypto';
import { CommandContext } from '../bin/command-context.ts';
import { processTerminal } from '../bin/terminal.ts';
import type { CallOptions } from '../src/databricks/rest-client.ts';
import type { Run } from '../src/databricks/run.ts';
import { WorkspaceClient } from '../src/databricks/workspace-client.ts';

/** `limit` of runs/list is documented as "less than 25". */
const PAGE_SIZE = 24;

/**
 * The Jobs API as a reference uses it: by the very client of the product, so that a call costs both the same;
 * its requests are counted.
 */
export class ReferenceClient {
  readonly #client: WorkspaceClient;
  readonly #count: { requests: number };

  private constructor(client: WorkspaceClient, count: { requests: number }) {
    this.#client = client;
    this.#count = count;
  }

  /** For the workspace that a process of ours with this environment and directory would work on. */
  static async open(env: NodeJS.ProcessEnv, cwd: string): Promise<ReferenceClient> {
    const context = new CommandContext({ env, cwd, homeDir: cwd, terminal: processTerminal });
    const { databricks } = await context.config();
    if (databricks === null) throw new Error('The environment names no workspace.');
    const count = { requests: 0 };
    const onRequest = () => {
      count.requests += 1;
    };
    return new ReferenceClient(new WorkspaceClient({ ...databricks, onRequest }), count);
  }

  get requests(): number {
    return this.#count.requests;
  }

  /** Answers the run's id. `queue`: whether it waits at Databricks while the job is full. */
  async runNow(jobId: string, date: string, queue = false): Promise<string> {
    const { runId } = await this.#client.jobs.runNow({
      jobId,
      jobParameters: { position_date: date },
      idempotencyToken: randomUUID(),
      queueEnabled: queue,
    });
    return runId;
  }

  getRun(runId: string, options?: CallOptions): Promise<Run> {
    return this.#client.jobs.getRun(runId, options);
  }

  /** Every run of the job, or those that have not ended. */
  async listRuns(jobId: string, activeOnly = false): Promise<Run[]> {
    const runs: Run[] = [];
    let pageToken: string | null = null;
    do {
      const page = await this.#client.jobs.listRuns({
        jobId,
        activeOnly,
        limit: PAGE_SIZE,
        ...(pageToken !== null && { pageToken }),
      });
      runs.push(...page.runs);
      pageToken = page.nextPageToken;
    } while (pageToken !== null);
    return runs;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
