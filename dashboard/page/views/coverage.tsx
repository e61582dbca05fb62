import { useEffect, useMemo } from 'preact/hooks';
import type { Coverage } from '../../../src/tables/coverage.ts';
import { addressOf, type Place, replaceQuery } from '../location.ts';
import { AnswerAge } from '../parts/answer-age.tsx';
import { DateCalendar } from '../parts/date-calendar.tsx';
import { COVERAGE_MARKS } from '../parts/date-mark.ts';
import { AskedFailure } from '../parts/failure-note.tsx';
import { AskedJobChoice, useJobs } from '../parts/job-choice.tsx';
import { MarkFilter } from '../parts/mark-filter.tsx';
import { usePolled } from '../polled.ts';
import { useMayWrite } from '../session.ts';
import { countText } from '../time-text.ts';

const FIRST_YEAR = 2015;

/** A year of business days of a job, and the way to backfill what is missing. */
export function CoverageView({ place }: { place: Place }) {
  const jobs = useJobs();
  const mayWrite = useMayWrite();
  const today = new Date().toISOString().slice(0, 10);
  const thisYear = Number(today.slice(0, 4));
  const year = Number(place.query.get('year')) || thisYear;
  const job = place.query.get('job') ?? jobs.listed?.[0]?.name ?? '';
  const endDate = year === thisYear ? today : `${year}-12-31`;
  const range = new URLSearchParams({ job, start_date: `${year}-01-01`, end_date: endDate });
  const coverage = usePolled<Coverage>(job !== '' ? `/api/coverage?${range}` : null);
  useEffect(() => {
    if (place.query.get('job') === null && job !== '') replaceQuery(place, { job });
  }, [job, place]);

  const days = coverage.answer?.days ?? [];
  const marked = useMemo(
    () => days.map(({ calendar_date, status }) => ({ date: calendar_date, mark: status.toLowerCase() })),
    [days],
  );
  const missing = days.flatMap(({ calendar_date, status }) => (status === 'Missing' ? [calendar_date] : []));
  const toYear = (to: number) => replaceQuery(place, { year: String(to) });

  return (
    <>
      <header class="view-header">
        <h1>Coverage</h1>
        <div class="view-choices">
          <AskedJobChoice jobs={jobs} job={job} onChoose={(name) => replaceQuery(place, { job: name })} />
          <label>
            Year
            <span class="stepper">
              <button type="button" aria-label="Year before" onClick={() => toYear(year - 1)}>
                ‹
              </button>
              <select value={year} onChange={(event) => toYear(Number(event.currentTarget.value))}>
                {yearsFrom(Math.min(FIRST_YEAR, year), Math.max(thisYear, year)).map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </select>
              <button
                type="button"
                aria-label="Year after"
                disabled={year >= thisYear}
                onClick={() => toYear(year + 1)}
              >
                ›
              </button>
            </span>
          </label>
        </div>
        {mayWrite && missing.length > 0 && (
          <a class="button primary push" href={addressOf('/new', { job, dates: missing.join(',') })}>
            Backfill {countText(missing.length, 'missing date')}
          </a>
        )}
      </header>
      <AskedFailure asked={[coverage, jobs]} />
      {job === '' && jobs.listed !== null && <p class="panel muted">Name a job to see its coverage.</p>}
      {coverage.loading && <p class="panel muted">Asking the log…</p>}
      {coverage.answer && (
        <>
          <div class="section-bar">
            <MarkFilter marks={COVERAGE_MARKS} counts={{ ...coverage.answer.totals }} only={null} />
            <AnswerAge asOf={coverage.answer.as_of} onRefresh={coverage.refresh} />
          </div>
          <div class="panel">
            {days.length === 0 ? (
              <p class="muted">The calendar table has no business day in {year}.</p>
            ) : (
              <DateCalendar label={`Business days of ${year}`} dates={marked} marks={COVERAGE_MARKS} />
            )}
          </div>
        </>
      )}
    </>
  );
}

function yearsFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => last - index);
}
