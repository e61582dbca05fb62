import type { BackfillView } from '../../../queues/plan/backfill-view.ts';
import { addressOf } from '../location.ts';
import { rateText, useRate } from '../rate.ts';
import { agoText, clockText, durationText } from '../time-text.ts';
import { countsText, doneOf, ProgressBar } from './progress-bar.tsx';
import { rangeText } from './request-text.ts';
import { StateBadge } from './state-badge.tsx';

/** A backfill that has not ended, in a few lines. */
export function RunningBackfill({ view }: { view: BackfillView }) {
  const rate = useRate(view);
  return (
    <article class="panel running-backfill">
      <header>
        <h3>
          <a href={addressOf(`/backfills/${view.id}`)}>{view.job}</a>
        </h3>
        <StateBadge state={view.state} />
        <span class="push muted">{rangeText(view)}</span>
      </header>
      <ProgressBar counts={view.counts} />
      <p class="facts">
        <b>
          {doneOf(view.counts).toLocaleString('en-US')} of {view.counts.total.toLocaleString('en-US')}
        </b>
        {rate !== null && <span>{rateText(rate)}</span>}
        {view.eta_seconds !== null && (
          <span>
            ends about {clockText(view.eta_seconds)} (in {durationText(view.eta_seconds)})
          </span>
        )}
        <span class="push muted">
          {view.created_by}, {agoText(view.created_at)}
        </span>
      </p>
      <p class="muted small">{countsText(view.counts)}</p>
      {view.state_reason !== null && <p class="note">{view.state_reason}</p>}
    </article>
  );
}
