import type { Redis } from 'ioredis';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { KeySpace } from '../key-space.ts';
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
import { daysOfDate, type PlannedDate, readPlanText } from './plan-text.ts';

/** What Redis has of the plans, for the many who only read them. */
export class PlanReader {
  /** Ids of all backfills, those that have left Redis included. */
  readonly index: BackfillIndex;
  protected readonly redis: Redis;
  protected readonly keys: KeySpace;

  constructor(redis: Redis, keys: KeySpace) {
    this.redis = redis;
    this.keys = keys;
    this.index = new BackfillIndex(redis, keys);
  }

  async record(id: string): Promise<BackfillRecord | null> {
    const hash = await this.redis.hgetall(this.keys.backfill(id));
    return hash.id === undefined ? null : BackfillRecordSchema.parse(hash);
  }

  /** @throws BackfillError not_found */
  async requireRecord(id: string): Promise<BackfillRecord> {
    const record = await this.record(id);
    if (!record) throw new BackfillError('not_found', `There is no backfill ${id}.`, { details: { id } });
    return record;
  }

  async plan(id: string): Promise<PlannedDate[]> {
    const keys = [this.keys.dates(id), this.keys.letters(id), this.keys.ends(id)];
    const [dates, letters, ends] = await this.redis.mget(keys);
    return readPlanText(dates ?? '', letters ?? '', ends ?? '');
  }

  /** Links of the first attempts of a retry, by date; none for any other backfill. */
  async links(id: string): Promise<Record<string, RetryLink>> {
    const texts = await this.redis.hgetall(this.keys.links(id));
    return Object.fromEntries(
      Object.entries(texts).map(([date, json]) => [date, RetryLinkSchema.parse(JSON.parse(json))]),
    );
  }

  async attempt(id: string, positionDate: string): Promise<AttemptRecord | null> {
    const json = await this.redis.hget(this.keys.attempts(id), positionDate);
    return json === null ? null : AttemptRecordSchema.parse(JSON.parse(json));
  }

  /** Latest attempts of the dates that ever started, by date. */
  async attempts(id: string): Promise<[string, AttemptRecord][]> {
    const texts = await this.redis.hgetall(this.keys.attempts(id));
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
    const counts = await this.redis.hgetall(this.keys.counts(record.id));
    return viewBackfill(record, numbers(counts), await this.target(record.job_id));
  }

  /** Those of a page of the {@link index} that Redis has. */
  async list(page: IndexPage): Promise<{ items: BackfillView[]; nextCursor: string | null }> {
    const { ids, nextCursor } = await this.index.page(page);
    const views = await Promise.all(ids.map((id) => this.find(id)));
    return { items: views.filter((view) => view !== null), nextCursor };
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
      ? await this.redis.hgetall(this.keys.claims(record.job_id))
      : {};
    const attempts = await this.#attempts(id, wanted, only.indexes !== undefined);
    return wanted
      .map((date) => viewDate(id, date, attempts[date.positionDate], otherHolder(id, date, claims)))
      .filter((view) => only.state === undefined || view.state === only.state);
  }

  async #attempts(id: string, wanted: readonly PlannedDate[], few: boolean): Promise<Record<string, string>> {
    if (!few) return this.redis.hgetall(this.keys.attempts(id));
    const dates = wanted.map(({ positionDate }) => positionDate);
    if (dates.length === 0) return {};
    const records = await this.redis.hmget(this.keys.attempts(id), ...dates);
    return Object.fromEntries(dates.map((date, index) => [date, records[index] ?? '']));
  }

  async target(jobId: string): Promise<TargetPace> {
    const hash = await this.redis.hgetall(this.keys.target(jobId));
    return {
      limit: Math.max(0, Number(hash.max_concurrent_runs ?? 0) - Number(hash.headroom ?? 0)),
      typicalRunMs: hash.typical_run_ms === undefined ? null : Number(hash.typical_run_ms),
      refusalReason: hash.refusal_reason ?? null,
    };
  }

  /** Days of a target job that are claimed now, with the backfill that holds each. */
  claims(jobId: string): Promise<Record<string, string>> {
    return this.redis.hgetall(this.keys.claims(jobId));
  }
}

/** The other backfill that a date waits for: the holder of the first day that is not free. */
function otherHolder(id: string, date: PlannedDate, claims: Readonly<Record<string, string>>): string | null {
  const holders = daysOfDate(date).map((day) => claims[day] ?? id);
  return holders.find((holder) => holder !== id) ?? null;
}

function numbers(hash: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(hash).map(([field, value]) => [field, Number(value)]));
}
