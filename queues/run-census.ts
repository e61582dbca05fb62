import type { Redis } from 'ioredis';
import type { Run } from '../src/databricks/run.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import type { KeySpace } from './key-space.ts';
import type { PlanStore } from './plan/plan-store.ts';
import { listLiveRuns } from './recovery/live-runs.ts';

/** How often the live runs at Databricks are compared with the plans; it costs a request or more a job. */
const INTERVAL_MS = 60_000;

/**
 * Compares the live runs of a job at Databricks with the plans. What it finds is kept with the job, for
 * metrics: `external_runs` are none of ours; `orphan_runs` are ours although their attempt is over, and there
 * should never be one.
 */
export class RunCensus {
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #plans: PlanStore;
  readonly #client: WorkspaceClient;

  constructor(parts: { redis: Redis; keys: KeySpace; plans: PlanStore; client: WorkspaceClient }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#plans = parts.plans;
    this.#client = parts.client;
  }

  /** Takes it when the last one is old enough. Call it for jobs that have an unfinished backfill. */
  async take(jobId: string): Promise<void> {
    const lastMs = Number((await this.#redis.hget(this.#keys.target(jobId), 'reconciled_ms')) ?? 0);
    if (Date.now() - lastMs < INTERVAL_MS) return;
    const live = await listLiveRuns(this.#client, jobId);
    const owners = await Promise.all(live.map((run) => this.#ownerOf(jobId, run)));
    await this.#redis.hset(this.#keys.target(jobId), {
      external_runs: owners.filter((owner) => owner === 'external').length,
      orphan_runs: owners.filter((owner) => owner === 'orphan').length,
      reconciled_ms: Date.now(),
    });
  }

  async #ownerOf(jobId: string, run: Run): Promise<'ours' | 'orphan' | 'external'> {
    for (const id of await this.#redis.zrange(this.#keys.open(jobId), '0', '-1')) {
      const backfill = await this.#plans.record(id);
      const date = backfill && run.parameters[backfill.run_settings.date_parameter];
      const attempt = date ? await this.#plans.attempt(id, date) : null;
      if (!attempt) continue;
      // Before its id is stored, a run that was just started can be told by its date only.
      const starting = attempt.run_id === undefined && attempt.finished_at === undefined;
      if (starting) return 'ours';
      if (attempt.run_id === run.runId) return attempt.finished_at === undefined ? 'ours' : 'orphan';
    }
    return 'external';
  }
}
