import type { BackfillView } from '../../../queues/plan/backfill-view.ts';
import { addressOf } from '../location.ts';
import { rateText, useRate } from '../rate.ts';
import { betweenText, clockText, countText, durationText, minuteText } from '../time-text.ts';
import { doneOf, ProgressBar } from './progress-bar.tsx';
import { rangeText } from './request-text.ts';

/** Progress, pace and what was asked. */
export function BackfillSummary({ view }: { view: BackfillView }) {
  const { counts, request } = view;
  const rate = useRate(view);
  const settings = [
    `reprocess ${String(request.reprocess ?? 'missing')}`,
    request.order === 'desc' ? 'latest first' : 'earliest first',
    view.max_active_runs === null
      ? 'as many at a time as the job allows'
      : `at most ${view.max_active_runs} at a time`,
    `priority ${view.priority}`,
  ];
  return (
    <section class="panel summary" aria-label="Progress">
      <div class="figures">
        <Figure
          name="Done"
          value={`${doneOf(counts).toLocaleString('en-US')} of ${counts.total.toLocaleString('en-US')}`}
        />
        <Figure name="Failed" value={counts.failed.toLocaleString('en-US')} bad={counts.failed > 0} />
        {view.finished_at === null ? (
          <>
            <Figure name="Running" value={counts.running.toLocaleString('en-US')} />
            <Figure name="Rate" value={rate === null ? '–' : rateText(rate)} />
            <Figure
              name="Ends about"
              value={view.eta_seconds === null ? '–' : clockText(view.eta_seconds)}
              aside={view.eta_seconds === null ? '' : `in ${durationText(view.eta_seconds)}`}
            />
          </>
        ) : (
          <Figure name="Took" value={betweenText(view.created_at, view.finished_at)} />
        )}
      </div>
      <ProgressBar counts={counts} />
      <p class="facts small muted">
        <span>{rangeText(view)}</span>
        <span>{settings.join(', ')}</span>
        <span>
          {view.created_by}, {minuteText(view.created_at)} UTC
          {view.finished_at !== null && ` to ${minuteText(view.finished_at)}`}
        </span>
        {typeof request.reason === 'string' && <span>“{request.reason}”</span>}
        {view.retry_of !== null && (
          <span>
            retries <a href={addressOf(`/backfills/${view.retry_of}`)}>an earlier backfill</a>
          </span>
        )}
        {view.log_pending > 0 && <span>{countText(view.log_pending, 'change')} not yet in the log</span>}
        {view.not_yet_durable && <span>last change not yet in the table</span>}
        <span class="mono push">{view.id}</span>
      </p>
    </section>
  );
}

function Figure({ name, value, aside, bad }: { name: string; value: string; aside?: string; bad?: boolean }) {
  return (
    <div class={`figure ${bad ? 'bad' : ''}`}>
      <span>{name}</span>
      <b>{value}</b>
      {aside && <small>{aside}</small>}
    </div>
  );
}
