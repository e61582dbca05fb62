import type { Redis } from 'ioredis';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { Reprocess } from '../../src/planning/date-verdicts.ts';
import type { RunSettings } from '../../src/planning/run-settings.ts';
import type { KeySpace } from '../key-space.ts';
import { type ContestedDate, createBackfill, type RetriedDate } from '../scripts/create-backfill.ts';
import { explainPlanning } from '../scripts/explain-planning.ts';
import { settlePlan } from '../scripts/settle-plan.ts';
import {
  type AttemptRecord,
  AttemptRecordSchema,
  type RetryLink,
  RetryLinkSchema,
} from './attempt-record.ts';
import { BackfillIndex, type IndexPage } from './backfill-index.ts';
import { type BackfillRecord, BackfillRecordSchema } from './backfill-record.ts';
import { type BackfillView, type TargetPace, viewBackfill } from './backfill-view.ts';
import type { DateState } from './date-letter.ts';
import { type DateView, viewDate } from './date-view.ts';
import { daysOfDate, type PlannedDate, readPlanText, writePlanText } from './plan-text.ts';
import { linkTexts } from './retry-links.ts';

/** Same key and body within this time answer the same backfill. */
const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

/** Backfills of one round trip. */
const RETRY_CHUNK = 1_000;

export interface NewBackfill {
  id: string;
  job: string;
  jobId: string;
  maxConcurrentRuns: number;
  headroom: number;
  order: 'asc' | 'desc';
  reprocess: Reprocess;
  priority: number;
  maxActiveRuns: number | null;
  maxAttempts: number;
  stopAfterFailures: number | null;
  createdBy: string;
  retryOf: string | null;
  /** Of a retry: what its rows name as `retry_triggered_by`. */
  retryTriggeredBy: string | null;
  /** What was asked, as it was asked. */
  request: Record<string, unknown>;
  runSettings: RunSettings;
  /** In the order in which the dates shall run. */
  plan: readonly PlannedDate[];
  idempotency: { key: string; bodyDigest: string } | null;
}

/** What planning found beside the verdicts. */
export interface SettledDetails {
  /** Settings as they shall be from here on; as they are if undefined. */
  readonly runSettings?: RunSettings;
  /** Links of the first attempts of a retry, by date. */
  readonly links?: Readonly<Record<string, RetryLink>>;
}

/** What a process gives to every backfill that it makes. */
export interface BackfillOrigin {
  /** OpenLineage shall hear of its runs. */
  readonly lineage?: boolean;
  /** W3C trace context of the request that makes it. */
  readonly traceparent?: () => string | undefined;
}

/** The plans in Redis: the truth about every date of every backfill. */
export class PlanStore {
  /** Ids of all backfills, those that have left Redis included. */
  readonly index: BackfillIndex;
  readonly #redis: Redis;
  readonly #keys: KeySpace;
  readonly #origin: BackfillOrigin;

  constructor(redis: Redis, keys: KeySpace, origin: BackfillOrigin = {}) {
    this.#redis = redis;
    this.#keys = keys;
    this.#origin = origin;
    this.index = new BackfillIndex(redis, keys);
  }

  /**
   * Stores a backfill in state `planning`; answers its id, or the id that the same idempotency key made.
   * @throws BackfillError idempotency_key_reused
   */
  async create(backfill: NewBackfill): Promise<{ id: string; created: boolean }> {
    const answer = await this.createRetry(backfill, []);
    if ('contested' in answer) throw new Error('Only a retry can be contested.');
    return answer;
  }

  /**
   * The same for a backfill that runs failed dates again: stored only if none of them is in other hands;
   * otherwise answers those that are.
   * @throws BackfillError idempotency_key_reused
   */
  async createRetry(
    backfill: NewBackfill,
    retries: readonly RetriedDate[],
  ): Promise<{ id: string; created: boolean } | { contested: readonly ContestedDate[] }> {
    const text = writePlanText(backfill.plan);
    const answer = await createBackfill.run(this.#redis, this.#keys.prefix, {
      id: backfill.id,
      job_id: backfill.jobId,
      fields: { ...backfillFields(backfill), ...originFields(this.#origin) },
      ...text,
      priority: backfill.priority,
      max_concurrent_runs: backfill.maxConcurrentRuns,
      headroom: backfill.headroom,
      idempotency: backfill.idempotency && {
        key: backfill.idempotency.key,
        body_digest: backfill.idempotency.bodyDigest,
        ttl_ms: IDEMPOTENCY_TTL_MS,
      },
      retries: [...retries],
    });
    switch (answer.outcome) {
      case 'created':
        return { id: backfill.id, created: true };
      case 'existing':
        return { id: answer.id, created: false };
      case 'contested':
        return { contested: answer.dates };
      case 'key_reused':
        throw new BackfillError(
          'idempotency_key_reused',
          'This Idempotency-Key was used with another body in the last 24 hours. Send a new key.',
        );
    }
  }

  /**
   * Ends planning with the verdict of every date; false if it was ended already.
   * @param links of the first attempts of a retry, by date.
   */
  async settle(
    record: BackfillRecord,
    plan: readonly PlannedDate[],
    skipped: object | null,
    { runSettings = record.run_settings, links = {} }: SettledDetails = {},
  ): Promise<boolean> {
    const answer = await settlePlan.run(this.#redis, this.#keys.prefix, {
      id: record.id,
      job_id: record.job_id,
      ...writePlanText(plan),
      skipped: skipped && JSON.stringify(skipped),
      run_settings: JSON.stringify(runSettings),
      links: linkTexts(links),
    });
    return answer.outcome === 'settled';
  }

  /** Says why planning waits; a pause has its own reason. */
  async explainPlanning(id: string, reason: string): Promise<void> {
    await explainPlanning.run(this.#redis, this.#keys.prefix, { id, reason });
  }

  async record(id: string): Promise<BackfillRecord | null> {
    const hash = await this.#redis.hgetall(this.#keys.backfill(id));
    return hash.id === undefined ? null : BackfillRecordSchema.parse(hash);
  }

  /** @throws BackfillError not_found */
  async requireRecord(id: string): Promise<BackfillRecord> {
    const record = await this.record(id);
    if (!record) throw new BackfillError('not_found', `There is no backfill ${id}.`, { details: { id } });
    return record;
  }

  async plan(id: string): Promise<PlannedDate[]> {
    const keys = [this.#keys.dates(id), this.#keys.letters(id), this.#keys.ends(id)];
    const [dates, letters, ends] = await this.#redis.mget(keys);
    return readPlanText(dates ?? '', letters ?? '', ends ?? '');
  }

  /** Links of the first attempts of a retry, by date; none for any other backfill. */
  async links(id: string): Promise<Record<string, RetryLink>> {
    const texts = await this.#redis.hgetall(this.#keys.links(id));
    return Object.fromEntries(
      Object.entries(texts).map(([date, json]) => [date, RetryLinkSchema.parse(JSON.parse(json))]),
    );
  }

  async attempt(id: string, positionDate: string): Promise<AttemptRecord | null> {
    const json = await this.#redis.hget(this.#keys.attempts(id), positionDate);
    return json === null ? null : AttemptRecordSchema.parse(JSON.parse(json));
  }

  /** Latest attempts of the dates that ever started, by date. */
  async attempts(id: string): Promise<[string, AttemptRecord][]> {
    const texts = await this.#redis.hgetall(this.#keys.attempts(id));
    return Object.entries(texts).map(([date, json]) => [date, AttemptRecordSchema.parse(JSON.parse(json))]);
  }

  /** @throws BackfillError not_found */
  async view(id: string): Promise<BackfillView> {
    return this.#viewOf(await this.requireRecord(id));
  }

  /** The same, or null for what Redis does not have: it never was, or it is archived. */
  async find(id: string): Promise<BackfillView | null> {
    const record = await this.record(id);
    return record === null ? null : this.#viewOf(record);
  }

  async #viewOf(record: BackfillRecord): Promise<BackfillView> {
    const counts = await this.#redis.hgetall(this.#keys.counts(record.id));
    return viewBackfill(record, numbers(counts), await this.target(record.job_id));
  }

  /** Those of a page of the {@link index} that Redis has. */
  async list(page: IndexPage): Promise<{ items: BackfillView[]; nextCursor: string | null }> {
    const { ids, nextCursor } = await this.index.page(page);
    const views = await Promise.all(ids.map((id) => this.find(id)));
    return { items: views.filter((view) => view !== null), nextCursor };
  }

  /** The retries made after a backfill that Redis has, the oldest first, each with what it is a retry of. */
  async retriesSince(id: string): Promise<{ id: string; retryOf: string }[]> {
    const ids = await this.index.after(id);
    const retries: { id: string; retryOf: string }[] = [];
    for (let at = 0; at < ids.length; at += RETRY_CHUNK) {
      const chunk = ids.slice(at, at + RETRY_CHUNK);
      const origins = await Promise.all(
        chunk.map((of) => this.#redis.hget(this.#keys.backfill(of), 'retry_of')),
      );
      for (const [index, retryOf] of origins.entries()) {
        const retry = chunk[index];
        if (retryOf && retry !== undefined) retries.push({ id: retry, retryOf });
      }
    }
    return retries;
  }

  /** Every date in plan order, or those of one state, or those at some positions of the plan. */
  async dates(
    id: string,
    only: { state?: DateState; indexes?: ReadonlySet<number> } = {},
  ): Promise<DateView[]> {
    const record = await this.requireRecord(id);
    const plan = await this.plan(id);
    const wanted = only.indexes ? plan.filter((_, index) => only.indexes?.has(index)) : plan;
    const claims = wanted.some(({ letter }) => letter === 'p')
      ? await this.#redis.hgetall(this.#keys.claims(record.job_id))
      : {};
    const attempts = await this.#attempts(id, wanted, only.indexes !== undefined);
    return wanted
      .map((date) => viewDate(id, date, attempts[date.positionDate], otherHolder(id, date, claims)))
      .filter((view) => only.state === undefined || view.state === only.state);
  }

  async #attempts(id: string, wanted: readonly PlannedDate[], few: boolean): Promise<Record<string, string>> {
    if (!few) return this.#redis.hgetall(this.#keys.attempts(id));
    const dates = wanted.map(({ positionDate }) => positionDate);
    if (dates.length === 0) return {};
    const records = await this.#redis.hmget(this.#keys.attempts(id), ...dates);
    return Object.fromEntries(dates.map((date, index) => [date, records[index] ?? '']));
  }

  async target(jobId: string): Promise<TargetPace> {
    const hash = await this.#redis.hgetall(this.#keys.target(jobId));
    return {
      limit: Math.max(0, Number(hash.max_concurrent_runs ?? 0) - Number(hash.headroom ?? 0)),
      typicalRunMs: hash.typical_run_ms === undefined ? null : Number(hash.typical_run_ms),
      refusalReason: hash.refusal_reason ?? null,
    };
  }

  /** Days of a target job that are claimed now, with the backfill that holds each. */
  claims(jobId: string): Promise<Record<string, string>> {
    return this.#redis.hgetall(this.#keys.claims(jobId));
  }
}

/** The hash of a backfill, but for what the scripts write: its state and times. */
export function backfillFields(
  backfill: Omit<NewBackfill, 'plan' | 'idempotency' | 'maxConcurrentRuns' | 'headroom'>,
): Record<string, string> {
  return {
    id: backfill.id,
    job: backfill.job,
    job_id: backfill.jobId,
    order: backfill.order,
    reprocess: backfill.reprocess,
    priority: String(backfill.priority),
    max_active_runs: backfill.maxActiveRuns === null ? '' : String(backfill.maxActiveRuns),
    max_attempts: String(backfill.maxAttempts),
    stop_after_failures: backfill.stopAfterFailures === null ? '' : String(backfill.stopAfterFailures),
    created_by: backfill.createdBy,
    retry_of: backfill.retryOf ?? '',
    retry_triggered_by: backfill.retryTriggeredBy ?? '',
    request: JSON.stringify(backfill.request),
    run_settings: JSON.stringify(backfill.runSettings),
  };
}

/** What the hash of a backfill says of the process that made it. */
export function originFields({
  lineage = false,
  traceparent = () => undefined,
}: BackfillOrigin): Record<string, string> {
  const context = traceparent();
  return { ...(lineage && { lineage: '1' }), ...(context !== undefined && { traceparent: context }) };
}

/** The other backfill that a date waits for: the holder of the first day that is not free. */
function otherHolder(id: string, date: PlannedDate, claims: Readonly<Record<string, string>>): string | null {
  const holders = daysOfDate(date).map((day) => claims[day] ?? id);
  return holders.find((holder) => holder !== id) ?? null;
}

function numbers(hash: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(hash).map(([field, value]) => [field, Number(value)]));
}
