import { LRUCache } from 'lru-cache';
import type { BackfillRecord } from '../queues/plan/backfill-record.ts';
import type { PlanReader } from '../queues/plan/plan-reader.ts';

/** What every attempt of a backfill needs of it. It is settled before its first date may start. */
export type BackfillTerms = Pick<
  BackfillRecord,
  'id' | 'job' | 'job_id' | 'created_by' | 'run_settings' | 'traceparent'
>;

const MAX_KNOWN = 200;

/** The terms of backfills that this process has dates of: read once, and shared by all of its attempts. */
export class KnownBackfills {
  readonly #plans: PlanReader;
  readonly #known = new LRUCache<string, Promise<BackfillTerms>>({ max: MAX_KNOWN });

  constructor(plans: PlanReader) {
    this.#plans = plans;
  }

  /** @throws BackfillError not_found */
  terms(id: string): Promise<BackfillTerms> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const terms = this.#read(id);
    // Known from now on, so that dates that start together do not each read and keep them.
    this.#known.set(id, terms);
    terms.catch(() => this.#known.delete(id));
    return terms;
  }

  async #read(id: string): Promise<BackfillTerms> {
    const { job, job_id, created_by, run_settings, traceparent } = await this.#plans.requireRecord(id);
    return { id, job, job_id, created_by, run_settings, traceparent };
  }
}
