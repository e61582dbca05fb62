import { useMemo, useState } from 'preact/hooks';
import type { DateState } from '../../../queues/plan/date-letter.ts';
import type { DateView } from '../../../queues/plan/date-view.ts';
import { useLiveBackfill } from '../live-backfill.ts';
import { type Place, replaceQuery } from '../location.ts';
import { BackfillControls } from '../parts/backfill-controls.tsx';
import { BackfillSummary } from '../parts/backfill-summary.tsx';
import { DateCalendar } from '../parts/date-calendar.tsx';
import { DateDetail } from '../parts/date-detail.tsx';
import { STATE_MARKS } from '../parts/date-mark.ts';
import { DateTable } from '../parts/date-table.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { MarkFilter } from '../parts/mark-filter.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { windowText } from '../time-text.ts';

const LINK_TEXT = {
  connecting: 'Connecting…',
  live: 'Live',
  ended: 'Ended',
  lost: 'Connection lost; trying again…',
} as const;

/** One backfill: its dates as they go, each to be looked into, and what can be done about them. */
export function BackfillView({ id, place }: { id: string; place: Place }) {
  const { view, dates, failure, link } = useLiveBackfill(id);
  const [picked, setPicked] = useState<string | null>(place.query.get('date'));
  const only = STATE_MARKS.find(({ name }) => name === place.query.get('state'))?.name ?? null;
  const marked = useMemo(
    () => dates.map(({ position_date, state }) => ({ date: position_date, mark: state })),
    [dates],
  );
  const pickedDate = dates.find(({ position_date }) => position_date === picked) ?? null;
  const pick = (date: string | null) => {
    setPicked(date);
    replaceQuery(place, { date });
  };

  if (view === null) {
    return failure ? <FailureNote failure={failure} /> : <p class="muted">Loading…</p>;
  }
  return (
    <>
      <header class="view-header">
        <h1>{view.job}</h1>
        <StateBadge state={view.state} />
        <span class={`link-state ${link}`} role="status">
          {LINK_TEXT[link]}
        </span>
        <BackfillControls view={view} />
      </header>
      {view.state_reason !== null && <p class="note">{view.state_reason}</p>}
      <BackfillSummary view={view} />
      <div class="columns detail-columns">
        <section aria-labelledby="dates-title">
          <div class="section-bar">
            <h2 id="dates-title">Dates</h2>
            <MarkFilter
              marks={STATE_MARKS}
              counts={view.counts}
              only={only}
              onOnly={(state) => replaceQuery(place, { state })}
            />
          </div>
          <div class="panel">
            <DateCalendar
              label="Dates of the backfill"
              dates={marked}
              marks={STATE_MARKS}
              only={only}
              picked={picked}
              onPick={pick}
            />
          </div>
        </section>
        <section aria-labelledby="date-title" class="sticky">
          <h2 id="date-title">{pickedDate === null ? 'Date' : windowText(pickedDate)}</h2>
          {pickedDate === null ? (
            <p class="panel muted">Pick a date to see its attempts, its error and its run.</p>
          ) : (
            <DateDetail key={pickedDate.position_date} backfillId={id} date={pickedDate} />
          )}
        </section>
      </div>
      <DateTable dates={listed(dates, only)} only={only} onPick={pick} />
    </>
  );
}

/** Without a filter, the dates that anything has happened to or that wait for something. */
function listed(dates: readonly DateView[], only: DateState | null): DateView[] {
  if (only !== null) return dates.filter(({ state }) => state === only);
  return dates.filter(({ state, retry_at, waiting_for }) => {
    return state === 'failed' || state === 'running' || retry_at !== null || waiting_for !== null;
  });
}
