import type { Redis } from 'ioredis';
import type { Config } from '../../src/config/config.ts';
import { policyFor } from '../../src/config/job-policy.ts';
import type { Run } from '../../src/databricks/run.ts';
import type { Warehouse } from '../../src/databricks/warehouse.ts';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { dayVerdicts, reasonAgainst } from '../../src/planning/date-verdicts.ts';
import { daysOf, type PlanWindow } from '../../src/planning/window-plan.ts';
import { type AttemptHistory, readAttemptHistory } from '../../src/tables/attempt-history.ts';
import { type DateHistory, readDateHistory } from '../../src/tables/date-history.ts';
import { listEndedBackfills } from '../../src/tables/ended-backfills.ts';
import { assertTablesReady } from '../../src/tables/migration.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import { readUnfinishedBackfills, type UnfinishedBackfill } from '../../src/tables/unfinished-backfills.ts';
import type { Dispatcher } from '../dispatcher.ts';
import type { KeySpace } from '../key-space.ts';
import { skipLetter } from '../plan/date-letter.ts';
import type { PlanReader } from '../plan/plan-reader.ts';
import { firstLink } from '../plan/retry-links.ts';
import { listed } from '../redis/lua-list.ts';
import { restoreBackfill } from '../scripts/restore-backfill.ts';
import { grouped } from './grouped.ts';
import { attachLiveRuns, type LostBackfill, listLiveRuns } from './live-runs.ts';
import type { RecoveryReport, RestoredBackfill, UnexplainedRun } from './recovery-report.ts';
import { type Restoration, restoration, type TargetNow } from './restoration.ts';
import { type RestoredDate, restoreDate } from './restored-date.ts';
import { mayBeSplit, splitWindows, storedWindows } from './restored-windows.ts';

export interface RecoveryParts {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly plans: PlanReader;
  readonly dispatcher: Dispatcher;
  readonly client: WorkspaceClient;
  readonly warehouse: Warehouse;
  readonly tables: TableNames;
  readonly config: Pick<Config, 'jobs' | 'lineage'>;
  /** Whether the retry worker, which lives above this room, would try a failed date again. */
  readonly mayRetry: (failure: { failureClass: string; attempt: number }, maxAttempts: number) => boolean;
}

/** Scores and ids of one command; even. */
const LIST_CHUNK = 2_000;

/**
 * Makes every unfinished backfill anew that Redis has lost, from the tables and the live runs of the
 * workspace. Starts no run; what Redis still has is left alone, so that it may be repeated at any time.
 */
export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /**
   * @param options.resume lets what ran go on at once, instead of waiting paused for a person.
   * @throws BackfillError `tables_missing`, `tables_outdated`, `warehouse_*`, `workspace_*`; what was restored
   *   until then stays, and the next call goes on.
   */
  async recover(options: { resume: boolean }): Promise<RecoveryReport> {
    const { redis, keys, warehouse, tables } = this.#parts;
    await assertTablesReady(warehouse, tables);
    const { backfills, unreadable } = await readUnfinishedBackfills(warehouse, tables);
    const present: string[] = [];
    const lost: UnfinishedBackfill[] = [];
    for (const backfill of backfills) {
      if ((await redis.exists(keys.backfill(backfill.id))) === 1) present.push(backfill.id);
      else lost.push(backfill);
    }
    const restored: RestoredBackfill[] = [];
    const unexplained: UnexplainedRun[] = [];
    for (const [jobId, ofJob] of grouped(lost, ({ jobId }) => jobId)) {
      const answer = await this.#recoverTarget(jobId, ofJob.toSorted(byTurn), options);
      restored.push(...answer.restored);
      present.push(...answer.present);
      unexplained.push(...answer.unexplained);
    }
    await this.#listEnded();
    return { restored, present, unreadable, unexplained_runs: unexplained };
  }

  /** Ended backfills are read from the tables, but only those whose ids the list has. */
  async #listEnded(): Promise<void> {
    const { redis, keys, warehouse, tables } = this.#parts;
    const scored = (await listEndedBackfills(warehouse, tables)).flatMap(({ id, createdAtMs }) => [
      createdAtMs,
      id,
    ]);
    for (let at = 0; at < scored.length; at += LIST_CHUNK) {
      await redis.zadd(keys.backfills, 'NX', ...scored.slice(at, at + LIST_CHUNK));
    }
  }

  async #recoverTarget(
    jobId: string,
    backfills: readonly UnfinishedBackfill[],
    options: { resume: boolean },
  ) {
    const { client, plans, dispatcher, config } = this.#parts;
    const lineage = config.lineage !== null;
    const nowIso = new Date().toISOString();
    const target = await this.#target(jobId, backfills[0]?.jobName ?? '');
    const known: LostBackfill[] = [];
    for (const backfill of backfills) known.push(await this.#whatTheLogSays(backfill, nowIso));
    const live = target.problem === null ? await listLiveRuns(client, jobId) : [];
    const lost = attachLiveRuns(known, live, await plans.claims(jobId), { nowIso });

    const liveIds = new Set(live.map(({ runId }) => runId));
    const restored: RestoredBackfill[] = [];
    const present: string[] = [];
    for (const one of lost) {
      const verdicts = await this.#verdicts(one);
      const answer = await this.#restore(
        restoration(one, verdicts, target, { ...options, lineage }),
        liveIds,
      );
      if (answer === null) present.push(one.backfill.id);
      else restored.push(answer);
    }
    await dispatcher.repair(jobId);
    await dispatcher.feed(jobId);
    return { restored, present, unexplained: await this.#unexplained(jobId, lost, live) };
  }

  /** A job that is gone, or that we may not see any more, starts nothing; its backfills say so. */
  async #target(jobId: string, name: string): Promise<TargetNow> {
    const { client, config } = this.#parts;
    const { headroom } = policyFor(config, { jobId, name });
    try {
      const { settings } = await client.jobs.get(jobId);
      return { maxConcurrentRuns: settings.maxConcurrentRuns, headroom, problem: null };
    } catch (failure) {
      if (!(failure instanceof BackfillError)) throw failure;
      if (failure.code !== 'workspace_not_found' && failure.code !== 'workspace_forbidden') throw failure;
      return { maxConcurrentRuns: 0, headroom, problem: failure.message };
    }
  }

  async #whatTheLogSays(backfill: UnfinishedBackfill, nowIso: string): Promise<LostBackfill> {
    const { warehouse, tables } = this.#parts;
    const history = await readAttemptHistory(warehouse, tables, backfill);
    const { settings } = backfill.request;
    const rules = {
      mayRetry: (failure: { failureClass: string; attempt: number }) =>
        this.#parts.mayRetry(failure, settings.max_attempts),
      nowIso,
    };
    const windows = await this.#windows(backfill, history);
    const dates = windows.map((window) => restoreDate(backfill, window, history, rules));
    return { backfill, history, dates };
  }

  async #windows(backfill: UnfinishedBackfill, history: AttemptHistory): Promise<PlanWindow[]> {
    const { plan, settings } = backfill.request;
    if (!mayBeSplit(backfill, history)) return storedWindows(plan);
    const histories = await this.#dateHistory(backfill);
    return splitWindows(backfill, history, dayVerdicts(settings.reprocess, histories));
  }

  #dateHistory({ jobId, request: { plan } }: UnfinishedBackfill): Promise<Map<string, DateHistory>> {
    const { warehouse, tables } = this.#parts;
    const sorted = storedWindows(plan).flatMap(daysOf).sort();
    const [startDate = '', endDate = ''] = [sorted.at(0), sorted.at(-1)];
    return readDateHistory(warehouse, tables, { jobId, startDate, endDate });
  }

  /**
   * The row of a backfill that has started may still be the one from before its verdicts were found. Then
   * they are found here; one that has not started is planned to the end by a worker.
   */
  async #verdicts({ backfill, history, dates }: LostBackfill): Promise<RestoredDate[] | 'planning'> {
    const { plan, settings } = backfill.request;
    if (plan.settled || settings.reprocess === 'all' || backfill.state === 'cancelling') return [...dates];
    const started = history.latest.size > 0 || history.skipped.size > 0;
    if (!started && dates.every(({ letter }) => letter !== 'r')) return 'planning';
    const histories = await this.#dateHistory(backfill);
    return dates.map((date) => {
      if (date.letter !== 'p' || date.record !== null) return date;
      const ofDate = histories.get(date.positionDate);
      const reason = reasonAgainst(settings.reprocess, ofDate);
      const link = firstLink(
        { ...settings, created_at: new Date(backfill.createdAtMs).toISOString() },
        ofDate,
      );
      return reason === null
        ? { ...date, link: link ?? undefined }
        : { ...date, letter: skipLetter(reason), open: false };
    });
  }

  async #restore(
    { attachedRuns, ...given }: Restoration,
    liveIds: ReadonlySet<string>,
  ): Promise<RestoredBackfill | null> {
    const { redis, keys, plans } = this.#parts;
    const answer = await restoreBackfill.run(redis, keys.prefix, given);
    if (answer.outcome === 'present') return null;
    const { id, job, job_id, state, state_reason, counts } = await plans.view(given.id);
    const contested = listed(answer.contested);
    const runs = attachedRuns.filter(({ positionDate }) => !contested.includes(positionDate));
    const liveRuns = runs.filter(({ runId }) => liveIds.has(runId)).length;
    return {
      ...{ id, job, job_id, state, state_reason, counts },
      live_runs: liveRuns,
      ended_runs: runs.length - liveRuns,
      contested,
    };
  }

  /** A live run is explained by a date that was restored with it, or by the backfill that holds its date. */
  async #unexplained(
    jobId: string,
    lost: readonly LostBackfill[],
    live: readonly Run[],
  ): Promise<UnexplainedRun[]> {
    const { plans } = this.#parts;
    const explained = new Set(lost.flatMap(({ dates }) => dates.map(({ record }) => record?.run_id)));
    const restoredIds = new Set(lost.map(({ backfill }) => backfill.id));
    for (const [date, holder] of Object.entries(await plans.claims(jobId))) {
      if (restoredIds.has(holder)) continue;
      explained.add((await plans.attempt(holder, date))?.run_id);
    }
    return live
      .filter(({ runId }) => !explained.has(runId))
      .map(({ runId, runPageUrl, parameters }) => ({
        job_id: jobId,
        run_id: runId,
        run_page_url: runPageUrl,
        parameters,
      }));
  }
}

/** As the feeder serves them: the most urgent first, among equals the oldest. */
function byTurn(one: UnfinishedBackfill, other: UnfinishedBackfill): number {
  const urgency = one.request.settings.priority - other.request.settings.priority;
  return urgency || (one.id < other.id ? -1 : 1);
}
