import type { TrendDay } from '../../src/tables/trends.ts';

const DAY_MS = 86_400_000;

/** The figures of every day of a span, null on days without any: a chart shows them as gaps. */
export interface DaySeries {
  /** Seconds since 1970, at the start of each day in UTC. */
  readonly days: number[];
  readonly successPercent: (number | null)[];
  readonly medianSeconds: (number | null)[];
  readonly p95Seconds: (number | null)[];
}

export function everyDay(trends: readonly TrendDay[], first: string, last: string): DaySeries {
  const byDay = new Map(trends.map((day) => [day.day, day]));
  const series: DaySeries = { days: [], successPercent: [], medianSeconds: [], p95Seconds: [] };
  for (let ms = Date.parse(first); ms <= Date.parse(last); ms += DAY_MS) {
    const day = byDay.get(new Date(ms).toISOString().slice(0, 10));
    const ended = day ? day.succeeded + day.failed : 0;
    series.days.push(ms / 1000);
    series.successPercent.push(day && ended > 0 ? (100 * day.succeeded) / ended : null);
    series.medianSeconds.push(day?.median_seconds ?? null);
    series.p95Seconds.push(day?.p95_seconds ?? null);
  }
  return series;
}
