import type { Redis } from 'ioredis';
import type { KeySpace } from '../key-space.ts';
import { DATE_LETTERS } from '../plan/date-letter.ts';
import type { PlanReader } from '../plan/plan-reader.ts';
import { daysOfDate } from '../plan/plan-text.ts';

const OPEN_STATES: readonly string[] = ['pending', 'queued', 'running'];

/** Days of a job that an unfinished backfill has still to bring to an end, with the first such backfill. */
export async function openDates(
  { redis, keys, plans }: { redis: Redis; keys: KeySpace; plans: PlanReader },
  jobId: string,
): Promise<Map<string, string>> {
  const open = new Map<string, string>();
  for (const id of await redis.zrange(keys.open(jobId), 0, '-1')) {
    for (const date of await plans.plan(id)) {
      if (!OPEN_STATES.includes(DATE_LETTERS[date.letter].state)) continue;
      for (const day of daysOfDate(date)) if (!open.has(day)) open.set(day, id);
    }
  }
  return open;
}
