import { useEffect, useMemo } from 'preact/hooks';
import type { Trends } from '../../../src/tables/trends.ts';
import { type Place, replaceQuery } from '../location.ts';
import { AnswerAge } from '../parts/answer-age.tsx';
import { AskedFailure } from '../parts/failure-note.tsx';
import { AskedJobChoice, useJobs } from '../parts/job-choice.tsx';
import { RetryReasons } from '../parts/retry-reasons.tsx';
import { TimeChart } from '../parts/time-chart.tsx';
import { TrendTable } from '../parts/trend-table.tsx';
import { usePolled } from '../polled.ts';
import { countText, durationText } from '../time-text.ts';
import { everyDay } from '../trend-days.ts';

const SPANS = [7, 30, 90, 365] as const;

/** How runs went, day by day of the work. */
export function TrendsView({ place }: { place: Place }) {
  const jobs = useJobs();
  const days = Number(place.query.get('days')) || 30;
  const job = place.query.get('job') ?? jobs.listed?.[0]?.name ?? '';
  const todayMs = Date.parse(new Date().toISOString().slice(0, 10));
  const first = new Date(todayMs - (days - 1) * 86_400_000).toISOString().slice(0, 10);
  const last = new Date(todayMs).toISOString().slice(0, 10);
  const range = new URLSearchParams({ job, start_date: first, end_date: last });
  const trends = usePolled<Trends>(job !== '' ? `/api/trends?${range}` : null);
  useEffect(() => {
    if (place.query.get('job') === null && job !== '') replaceQuery(place, { job });
  }, [job, place]);
  const shown = useMemo(() => everyDay(trends.answer?.days ?? [], first, last), [trends.answer, first, last]);
  const totals = totalsOf(trends.answer);

  return (
    <>
      <header class="view-header">
        <h1>Trends</h1>
        <div class="view-choices">
          <AskedJobChoice jobs={jobs} job={job} onChoose={(name) => replaceQuery(place, { job: name })} />
          <label>
            Span
            <select
              value={days}
              onChange={(event) => replaceQuery(place, { days: event.currentTarget.value })}
            >
              {SPANS.map((span) => (
                <option key={span} value={span}>
                  Last {span} days
                </option>
              ))}
            </select>
          </label>
        </div>
        {trends.answer && <AnswerAge asOf={trends.answer.as_of} onRefresh={trends.refresh} />}
      </header>
      <AskedFailure asked={[trends, jobs]} />
      {job === '' && jobs.listed !== null && <p class="panel muted">Name a job to see its trends.</p>}
      {trends.loading && <p class="panel muted">Asking the log…</p>}
      {trends.answer && trends.answer.days.length === 0 && (
        <p class="panel muted">No attempt of this job ended in these days.</p>
      )}
      {trends.answer && trends.answer.days.length > 0 && (
        <>
          <section aria-labelledby="success-title">
            <h2 id="success-title">
              Success rate by day <span class="count">{totals}</span>
            </h2>
            <div class="panel">
              <TimeChart
                days={shown.days}
                lines={[{ name: 'Succeeded', color: '--ok', values: shown.successPercent }]}
                unit="%"
                top={100}
                format={(value) => `${Math.round(value)}%`}
              />
            </div>
          </section>
          <section aria-labelledby="duration-title">
            <h2 id="duration-title">Run duration</h2>
            <div class="panel">
              <TimeChart
                days={shown.days}
                lines={[
                  { name: 'Median', color: '--busy', values: shown.medianSeconds },
                  { name: '95th percentile', color: '--accent-2', dashed: true, values: shown.p95Seconds },
                ]}
                unit="s"
                format={durationText}
              />
            </div>
          </section>
          <RetryReasons retries={trends.answer.retries} />
          <TrendTable days={trends.answer.days} />
        </>
      )}
    </>
  );
}

function totalsOf(trends: Trends | null): string {
  const days = trends?.days ?? [];
  const succeeded = days.reduce((sum, day) => sum + day.succeeded, 0);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  if (succeeded + failed === 0) return '';
  return `${((100 * succeeded) / (succeeded + failed)).toFixed(1)}% of ${countText(succeeded + failed, 'attempt')}`;
}
