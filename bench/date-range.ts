/** As POST /api/backfills takes them. */
export interface DateRange {
  readonly start_date: string;
  readonly end_date: string;
}

const DAY_MS = 86_400_000;
/** So early that the 21,000 days that a suite takes one after the other lie in the past. */
const FIRST_DAY_MS = Date.UTC(1950, 0, 1);

/** `count` consecutive days, after the first `skipped` ones of all. */
export function dayRange(count: number, skipped = 0): DateRange {
  return { start_date: dayAt(skipped), end_date: dayAt(skipped + count - 1) };
}

export function daysOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => dayAt(index));
}

function dayAt(index: number): string {
  return new Date(FIRST_DAY_MS + index * DAY_MS).toISOString().slice(0, 10);
}
