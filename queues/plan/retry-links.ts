import type { DateHistory } from '../../src/tables/date-history.ts';
import type { RetryLink } from './attempt-record.ts';

/** Who had failed dates run again, and when; null for a backfill that is no retry. */
export interface RetryTrigger {
  readonly retry_triggered_by: string | null;
  readonly created_at: string;
}

/** How the first attempt of a date in a retry is linked to the first failure of that date; null if nothing failed. */
export function firstLink(
  { retry_triggered_by, created_at }: RetryTrigger,
  history: DateHistory | undefined,
): RetryLink | null {
  if (retry_triggered_by === null || !history?.firstFailureRunId) return null;
  return {
    is_retry: true,
    original_run_id: history.firstFailureRunId,
    retry_count: history.linkedRetries + 1,
    retry_triggered_by,
    retry_triggered_at: created_at,
  };
}

/** Links as the scripts take them. */
export function linkTexts(links: Readonly<Record<string, RetryLink>>): Record<string, string> {
  return Object.fromEntries(Object.entries(links).map(([date, link]) => [date, JSON.stringify(link)]));
}
