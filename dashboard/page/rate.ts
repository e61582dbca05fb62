import { useRef } from 'preact/hooks';
import type { BackfillView } from '../../queues/plan/backfill-view.ts';

const WINDOW_MS = 60_000;

interface Sample {
  readonly atMs: number;
  readonly ran: number;
}

/**
 * Dates a minute over the last minute that this page has seen, else over the whole life of the backfill;
 * null while nothing has run. Skipped dates took no time and do not count.
 */
export function useRate(view: BackfillView | null): number | null {
  const samples = useRef<Sample[]>([]);
  if (view === null || view.state !== 'running') return null;
  const { succeeded, failed } = view.counts;
  const now: Sample = { atMs: Date.now(), ran: succeeded + failed };
  const kept = samples.current.filter(({ atMs }) => now.atMs - atMs <= WINDOW_MS);
  samples.current = [...kept, now];
  const [first] = samples.current;
  if (now.ran === 0 || first === undefined) return null;
  const seen = now.atMs - first.atMs > 5_000 && now.ran > first.ran;
  const since = seen ? first : { atMs: Date.parse(view.created_at), ran: 0 };
  return perMinute(now.ran - since.ran, now.atMs - since.atMs);
}

function perMinute(dates: number, ms: number): number {
  return (dates / Math.max(ms, 1_000)) * 60_000;
}

/** `84 dates/min`, `3.2 dates/h`. */
export function rateText(datesPerMinute: number): string {
  if (datesPerMinute >= 1) return `${rounded(datesPerMinute)} dates/min`;
  return `${rounded(datesPerMinute * 60)} dates/h`;
}

function rounded(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
}
