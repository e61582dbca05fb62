import type { DateView } from '../../../queues/plan/date-view.ts';
import type { LogColumns } from '../../../src/tables/log-row.ts';
import { addressOf } from '../location.ts';
import { usePolled } from '../polled.ts';
import { longDateText, windowText } from '../time-text.ts';
import { type Attempt, AttemptCard } from './attempt-card.tsx';
import { REASON_TEXT, STATE_MARKS } from './date-mark.ts';

/** All that is known of a date: the plan knows its latest attempt at once, the log those before. */
export function DateDetail({ backfillId, date }: { backfillId: string; date: DateView }) {
  const mark = STATE_MARKS.find(({ name }) => name === date.state);
  const hasEarlier = date.attempt > 1;
  const range = `start_date=${date.position_date}&end_date=${date.position_date}`;
  const log = usePolled<{ items: LogColumns[] }>(
    hasEarlier ? `/api/log?backfill_id=${backfillId}&${range}` : null,
  );
  return (
    <div class="panel date-detail">
      <p class="facts">
        <span>{windowText(date, longDateText)}</span>
        <span class="state-word">
          <i class={`mark swatch ${date.state}`} data-sign={mark?.sign} aria-hidden="true" />
          {mark?.label}
        </span>
      </p>
      {date.reason !== null && <p>{sentence(REASON_TEXT[date.reason] ?? date.reason)}</p>}
      {date.retry_at !== null && <p>Tries again at {date.retry_at.slice(11, 19)} UTC.</p>}
      <Linked text="Waits for" id={date.waiting_for} />
      <Linked text="Taken over from" id={date.adopted_from} />
      {attemptsOf(date, log.answer?.items ?? []).map((attempt) => (
        <AttemptCard key={attempt.nr} attempt={attempt} />
      ))}
      {date.attempt === 0 && date.state === 'pending' && <p class="muted">No attempt yet.</p>}
      {hasEarlier && log.loading && <p class="muted small">Asking the log for earlier attempts…</p>}
      {log.failure && <p class="note small">Earlier attempts cannot be read: {log.failure.message}</p>}
    </div>
  );
}

function Linked({ text, id }: { text: string; id: string | null }) {
  if (id === null) return null;
  return (
    <p>
      {text} <a href={addressOf(`/backfills/${id}`)}>another backfill</a>.
    </p>
  );
}

/** Latest first. What the plan says of the latest is newer than the log. */
function attemptsOf(date: DateView, rows: readonly LogColumns[]): Attempt[] {
  const logged = rows
    .filter(({ attempt }) => attempt !== null && attempt > 0 && attempt < date.attempt)
    .map(
      (row): Attempt => ({
        nr: row.attempt ?? 0,
        status: row.status.toLowerCase(),
        startedAt: row.start_time,
        finishedAt: row.end_time,
        errorMessage: row.error_message,
        runId: row.backfill_job_id,
        runPageUrl: row.run_page_url,
      }),
    )
    .sort((one, other) => other.nr - one.nr);
  if (date.attempt === 0 || date.attempt_id === null) return logged;
  const latest: Attempt = {
    nr: date.attempt,
    status: date.retry_at !== null || (date.state === 'pending' && date.finished_at) ? 'failed' : date.state,
    startedAt: date.started_at,
    finishedAt: date.finished_at,
    errorMessage: date.error_message,
    runId: date.run_id,
    runPageUrl: date.run_page_url,
  };
  return [latest, ...logged];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
