import type { Redis } from 'ioredis';
import type { Config } from '../../src/config/config.ts';
import type { Warehouse } from '../../src/databricks/warehouse.ts';
import type { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { resolveJob } from '../../src/jobs/resolve-job.ts';
import { chooseFailedDates, type FailedDate, type SweepWindow } from '../../src/planning/failed-dates.ts';
import { AskedParametersSchema, readAskedParameters } from '../../src/tables/asked-parameters.ts';
import { readFailureLog } from '../../src/tables/failure-log.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import type { CreationContext } from '../backfill-creation.ts';
import type { KeySpace } from '../key-space.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { BackfillView } from '../plan/backfill-view.ts';
import { openDates } from './open-dates.ts';
import { startRetry } from './start-retry.ts';
import { type LeftOut, type SweepChoice, type SweepGroup, sweepChoice } from './sweep-choice.ts';

/** What a sweep looks for. */
export interface SweepCriteria {
  readonly window: SweepWindow;
  /** Most dates that one sweep runs again. */
  readonly maxRetries: number;
  /** Name, key or id of the one job that it is about; null for every job. */
  readonly job: string | null;
}

export interface SweepTrigger {
  readonly createdBy: string;
  /** Shown in `request` of what it starts. */
  readonly shown: Readonly<Record<string, unknown>>;
  /** Names this sweep, so that doing it twice starts nothing twice; null for a sweep that is done once. */
  readonly firing: string | null;
}

/** What a sweep did, as REST tells it. */
export interface SweepReport {
  /** One per job; more where dates of a job were asked with different parameters. */
  readonly backfills: readonly BackfillView[];
  readonly left_out: readonly LeftOut[];
  readonly remaining: number;
  /** Jobs whose dates could not be started. */
  readonly problems: readonly { job_id: string; job: string; code: string; message: string }[];
}

export interface SweepParts extends CreationContext {
  readonly redis: Redis;
  readonly keys: KeySpace;
  readonly outbox: Outbox;
  readonly client: WorkspaceClient;
  readonly config: Pick<Config, 'jobs'>;
  /** Asks the tables, however long that may take here. */
  readonly read: <T>(work: (warehouse: Warehouse, tables: TableNames) => Promise<T>) => Promise<T>;
}

const SETTINGS = { order: 'asc', priority: 100 } as const;
/** The choice of a firing never changes, so its key alone says that it is the same. */
const SAME_FIRING = 'firing';

/** Finds dates that failed and runs them again: what a notebook for failed jobs did from the log table. */
export class Sweep {
  readonly #parts: SweepParts;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /**
   * Chooses and starts nothing.
   * @throws BackfillError unknown_job, ambiguous_job, tables_missing, warehouse_*, workspace_*
   */
  async choose({ window, maxRetries, job }: SweepCriteria): Promise<SweepChoice> {
    const { outbox, read } = this.#parts;
    const jobId = job === null ? null : await this.#jobId(job);
    // In this order: a row that leaves the outbox in between is in the table then.
    const pending = await outbox.attemptRows();
    const tries = await read((warehouse, tables) =>
      readFailureLog(warehouse, tables, { window, jobId }, pending),
    );
    const open = new Map<string, ReadonlyMap<string, string>>();
    for (const id of new Set(tries.map((one) => one.jobId))) open.set(id, await openDates(this.#parts, id));
    const choice = chooseFailedDates(tries, {
      window,
      maxDates: maxRetries,
      isOpen: (date) => open.get(date.jobId)?.has(date.positionDate) ?? false,
    });
    const parameters = await this.#askedParameters(choice.chosen);
    return sweepChoice(choice, (id) => (id === null ? {} : (parameters.get(id) ?? {})));
  }

  /**
   * Starts what was chosen. What cannot be started now or ever is a problem of its job alone.
   * @throws BackfillError workspace_* that may pass; with a firing, the next call goes on.
   */
  async start(choice: SweepChoice, trigger: SweepTrigger): Promise<SweepReport> {
    const backfills: BackfillView[] = [];
    const leftOut: LeftOut[] = [...choice.left_out];
    const problems: { job_id: string; job: string; code: string; message: string }[] = [];
    for (const [index, group] of choice.groups.entries()) {
      const { job_id, job } = group;
      try {
        const { backfill, contested } = await this.#startGroup(group, index, trigger);
        if (backfill !== null) backfills.push(backfill);
        for (const { position_date } of contested)
          leftOut.push({ job_id, job, position_date, reason: 'live' });
      } catch (failure) {
        if (!(failure instanceof BackfillError) || failure.retryable) throw failure;
        // A firing comes again, with a token that a person has replaced by then.
        if (trigger.firing !== null && failure.code === 'workspace_unauthenticated') throw failure;
        problems.push({ job_id, job, code: failure.code, message: failure.message });
      }
    }
    this.#parts.facts.emit({
      type: 'sweep.ended',
      by: trigger.createdBy,
      backfills: backfills.length,
      dates: backfills.reduce((dates, { counts }) => dates + counts.total, 0),
      left_out: leftOut.length,
      remaining: choice.remaining,
      problems,
    });
    return { backfills, left_out: leftOut, remaining: choice.remaining, problems };
  }

  async #startGroup(group: SweepGroup, index: number, { createdBy, shown, firing }: SweepTrigger) {
    const { client, config } = this.#parts;
    const target = await resolveJob(client, config, { jobId: group.job_id });
    const { parameters } = group;
    return startRetry(this.#parts, target, {
      dates: group.dates,
      asked: { ...SETTINGS, parameters },
      createdBy,
      triggeredBy: 'sweep',
      retryOf: group.retry_of,
      shown: { ...(Object.keys(parameters).length > 0 && { parameters }), ...shown },
      idempotency:
        firing === null ? null : { key: `sweep:${firing}:${group.job_id}:${index}`, bodyDigest: SAME_FIRING },
    });
  }

  async #jobId(job: string): Promise<string> {
    const { client, config } = this.#parts;
    const isId = /^\d{1,19}$/.test(job) && !Object.hasOwn(config.jobs, job);
    return (await resolveJob(client, config, isId ? { jobId: job } : { job })).jobId;
  }

  /** What each backfill was asked with, so that its dates run again as they ran: from Redis, else from its row. */
  async #askedParameters(dates: readonly FailedDate[]): Promise<Map<string, Record<string, string>>> {
    const { plans, read } = this.#parts;
    const ids = new Set(dates.flatMap(({ backfillId }) => (backfillId === null ? [] : [backfillId])));
    const known = new Map<string, Record<string, string>>();
    for (const id of ids) {
      const record = await plans.record(id);
      if (record !== null) known.set(id, AskedParametersSchema.parse(record.request));
    }
    const lost = [...ids].filter((id) => !known.has(id));
    const stored =
      lost.length === 0
        ? new Map<string, Record<string, string>>()
        : await read((warehouse, tables) => readAskedParameters(warehouse, tables, lost));
    return new Map([...stored, ...known]);
  }
}
