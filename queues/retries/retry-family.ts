import type { BackfillRecord } from '../plan/backfill-record.ts';
import type { DateLetter } from '../plan/date-letter.ts';
import type { PlanReader } from '../plan/plan-reader.ts';
import { daysOfDate, type PlannedDate } from '../plan/plan-text.ts';

/** A retry skips what has succeeded since its failure. */
const GOOD: readonly DateLetter[] = ['s', 'a'];

interface Member {
  readonly record: BackfillRecord;
  readonly failed: readonly string[];
  readonly good: readonly string[];
}

/**
 * A backfill, what it is a retry of and all retries of these, as far as Redis has them, the oldest first: by it
 * is known which failures have been made good, however many retries that took.
 */
export class RetryFamily {
  readonly #members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.#members = members;
  }

  static async of(plans: PlanReader, record: BackfillRecord): Promise<RetryFamily> {
    let eldest = record;
    while (eldest.retry_of !== null) {
      const before = await plans.record(eldest.retry_of);
      if (before === null) break;
      eldest = before;
    }
    const members = [await memberOf(plans, eldest)];
    const ids = new Set([eldest.id]);
    for (const { id, retryOf } of await plans.index.retriesSince(eldest.id)) {
      const retry = ids.has(retryOf) ? await plans.record(id) : null;
      if (retry === null) continue;
      ids.add(id);
      members.push(await memberOf(plans, retry));
    }
    return new RetryFamily(members);
  }

  /** Whether a backfill has failed dates, and each of them has succeeded in a later member. */
  isMadeGood(id: string): boolean {
    const at = this.#members.findIndex(({ record }) => record.id === id);
    const failed = this.#members[at]?.failed ?? [];
    const good = new Set(this.#members.slice(at + 1).flatMap((member) => member.good));
    return failed.length > 0 && failed.every((day) => good.has(day));
  }

  /**
   * The members that had ended before this retry did and whose failures are all made good, the retry having had
   * a part in it. Who ends later, however late the end of the retry is told, knows of it then.
   */
  madeGoodBy(retryId: string): string[] {
    const retry = this.#members.find(({ record }) => record.id === retryId);
    const good = new Set(retry?.good);
    const endedAt = retry?.record.finished_at ?? '';
    return this.#members
      .filter(({ record, failed }) => {
        const { finished_at } = record;
        return finished_at !== null && finished_at <= endedAt && failed.some((day) => good.has(day));
      })
      .map(({ record }) => record.id)
      .filter((id) => this.isMadeGood(id));
  }
}

async function memberOf(plans: PlanReader, record: BackfillRecord): Promise<Member> {
  const plan = await plans.plan(record.id);
  const days = (wanted: (date: PlannedDate) => boolean) => plan.filter(wanted).flatMap(daysOfDate);
  return {
    record,
    failed: days(({ letter }) => letter === 'f'),
    good: days(({ letter }) => GOOD.includes(letter)),
  };
}
