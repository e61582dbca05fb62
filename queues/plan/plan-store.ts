import type { Redis } from 'ioredis';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { RunSettings } from '../../src/planning/run-settings.ts';
import type { KeySpace } from '../key-space.ts';
import { type ContestedDate, createBackfill, type RetriedDate } from '../scripts/create-backfill.ts';
import { explainPlanning } from '../scripts/explain-planning.ts';
import { settlePlan } from '../scripts/settle-plan.ts';
import type { RetryLink } from './attempt-record.ts';
import type { BackfillRecord } from './backfill-record.ts';
import { type BackfillOrigin, backfillFields, type NewBackfill, originFields } from './new-backfill.ts';
import { PlanReader } from './plan-reader.ts';
import { type PlannedDate, writePlanText } from './plan-text.ts';
import { linkTexts } from './retry-links.ts';

/** Same key and body within this time answer the same backfill. */
const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

/** What planning found beside the verdicts. */
export interface SettledDetails {
  /** Settings as they shall be from here on; as they are if undefined. */
  readonly runSettings?: RunSettings;
  /** Links of the first attempts of a retry, by date. */
  readonly links?: Readonly<Record<string, RetryLink>>;
}

/**
 * The plans in Redis: the truth about every date of every backfill. Made here until their verdicts are settled;
 * what becomes of a date after that is for whoever holds it to write, in a script of its own.
 */
export class PlanStore extends PlanReader {
  readonly #origin: BackfillOrigin;

  constructor(redis: Redis, keys: KeySpace, origin: BackfillOrigin = {}) {
    super(redis, keys);
    this.#origin = origin;
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
    const answer = await createBackfill.run(this.redis, this.keys.prefix, {
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
    const answer = await settlePlan.run(this.redis, this.keys.prefix, {
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
    await explainPlanning.run(this.redis, this.keys.prefix, { id, reason });
  }
}
