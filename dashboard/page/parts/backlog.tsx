import type { Overview } from '../../overview-answer.ts';
import type { WaitingFailures } from '../../waiting-failures.ts';
import { addressOf } from '../location.ts';
import { agoText, countText } from '../time-text.ts';

const SHOWN = 8;

/** Dates that did not succeed and that nothing will run again by itself. */
export function Backlog({ overview }: { overview: Overview | null }) {
  const failures = overview?.failures ?? [];
  const dates = failures.reduce((sum, { failed, cancelled }) => sum + failed + cancelled, 0);
  return (
    <section aria-labelledby="backlog-title">
      <h2 id="backlog-title">
        Waiting for a person {dates > 0 && <span class="count bad">{countText(dates, 'date')}</span>}
      </h2>
      {failures.length > 0 && (
        <ul class="panel rows">
          {failures.slice(0, SHOWN).map((waiting) => (
            <li key={waiting.backfill_id}>
              <a
                href={addressOf(`/backfills/${waiting.backfill_id}`, {
                  state: waiting.failed > 0 ? 'failed' : 'cancelled',
                })}
              >
                {whatWaits(waiting)} of {waiting.job}
              </a>
              <span class="push muted">
                {waiting.finished_at === null ? '' : agoText(waiting.finished_at)}
              </span>
            </li>
          ))}
          {failures.length > SHOWN && (
            <li class="muted">and {countText(failures.length - SHOWN, 'backfill')} more, below</li>
          )}
        </ul>
      )}
      {overview !== null && failures.length === 0 && (
        <p class="panel muted">
          No failed date of the last {overview.failures_of_last} backfills waits for anybody.
        </p>
      )}
      {overview !== null && failures.length > 0 && (
        <p class="muted small footnote">Of the last {overview.failures_of_last} backfills.</p>
      )}
    </section>
  );
}

function whatWaits({ failed, cancelled }: WaitingFailures): string {
  if (failed === 0) return countText(cancelled, 'cancelled date');
  return cancelled === 0
    ? countText(failed, 'failed date')
    : `${countText(failed, 'failed date')} and ${cancelled.toLocaleString('en-US')} cancelled`;
}
