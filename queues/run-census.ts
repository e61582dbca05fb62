import type { Redis } from 'ioredis';
import type { Run } from '../src/databricks/run.ts';
import type { WorkspaceClient } from '../src/databricks/workspace-client.ts';
import { formatDate } from '../src/planning/date-format.ts';
import type { KeySpace } from './key-space.ts';
import type { PlanReader } from './plan/plan-reader.ts';
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
  readonly #plans: PlanReader;
  readonly #client: WorkspaceClient;

  constructor(parts: { redis: Redis; keys: KeySpace; plans: PlanReader; client: WorkspaceClient }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#plans = parts.plans;
    this.#client = parts.client;
  }

  /**
   * Takes it when the last one is old enough: while a backfill is unfinished, and after that until no orphan is
   * left.
   */
  async take(jobId: string): Promise<void> {
    const target = this.#keys.target(jobId);
    const [reconciledMs, found] = await this.#redis.hmget(target, 'reconciled_ms', 'orphan_run_ids');
    if (Date.now() - Number(reconciledMs ?? 0) < INTERVAL_MS) return;
    const open = await this.#redis.zrange(this.#keys.open(jobId), '0', '-1');
    const before = new Set(found ? found.split(' ') : []);
    if (open.length === 0 && before.size === 0) return;
    const live = await listLiveRuns(this.#client, jobId);
    const known = live.length === 0 ? [] : await Promise.all(open.map((id) => this.#knownRuns(id)));
    const owners = live.map((run) => ownerOf(run, known, before));
    const orphans = live.filter((_, at) => owners[at] === 'orphan').map(({ runId }) => runId);
    await this.#redis.hset(target, {
      external_runs: owners.filter((owner) => owner === 'external').length,
      orphan_runs: orphans.length,
      // Once its backfill has ended, an orphan can be told by its id only.
      orphan_run_ids: orphans.join(' '),
      reconciled_ms: Date.now(),
    });
  }

  async #knownRuns(id: string): Promise<KnownRuns> {
    const backfill = await this.#plans.record(id);
    const known: KnownRuns = { ended: new Map(), starting: new Set(), parameter: '' };
    if (backfill === null) return known;
    const { date_parameter, date_format } = backfill.run_settings;
    for (const [date, attempt] of await this.#plans.attempts(id)) {
      const ended = attempt.finished_at !== undefined;
      if (attempt.run_id !== undefined) known.ended.set(attempt.run_id, ended);
      else if (!ended) known.starting.add(formatDate(date, date_format));
    }
    return { ...known, parameter: date_parameter };
  }
}

/** What a backfill knows of its runs. */
interface KnownRuns {
  /** Id of a run -> whether its attempt is over. */
  readonly ended: Map<string, boolean>;
  /** The dates, as runs write them, whose run has no stored id yet. */
  readonly starting: Set<string>;
  /** Which parameter of a run has its date. */
  readonly parameter: string;
}

function ownerOf(run: Run, known: readonly KnownRuns[], before: ReadonlySet<string>) {
  for (const { ended } of known) {
    const over = ended.get(run.runId);
    if (over !== undefined) return over ? 'orphan' : 'ours';
  }
  if (before.has(run.runId)) return 'orphan';
  // Before its id is stored, a run that was just started can be told by its date only.
  const starting = known.some(({ starting, parameter }) => starting.has(run.parameters[parameter] ?? ''));
  return starting ? 'ours' : 'external';
}
