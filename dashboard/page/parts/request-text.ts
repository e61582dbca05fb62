import type { BackfillView } from '../../../queues/plan/backfill-view.ts';

/** Which dates were asked for: `2024-06-01 to 2024-06-30`, `3 dates from 2024-06-03`. */
export function rangeText({ request, counts }: Pick<BackfillView, 'request' | 'counts'>): string {
  const { start_date, end_date, dates } = request;
  if (typeof start_date === 'string' && typeof end_date === 'string') {
    return start_date === end_date ? start_date : `${start_date} to ${end_date}`;
  }
  if (Array.isArray(dates) && dates.length > 0) {
    const sorted = dates.map(String).sort();
    const [first = ''] = sorted;
    return sorted.length === 1 ? first : `${sorted.length} dates, ${first} to ${sorted.at(-1)}`;
  }
  return `${counts.total} dates`;
}
