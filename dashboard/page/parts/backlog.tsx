import type { WaitingFailures } from '../../overview-routes.ts';
import { addressOf } from '../location.ts';
import { agoText, countText } from '../time-text.ts';

const SHOWN = 8;

/** Failed dates that nothing will retry by itself. */
export function Backlog({ failures }: { failures: readonly WaitingFailures[] }) {
  const dates = failures.reduce((sum, { failed }) => sum + failed, 0);
  return (
    <section aria-labelledby="backlog-title">
      <h2 id="backlog-title">
        Waiting for a person {dates > 0 && <span class="count bad">{countText(dates, 'date')}</span>}
      </h2>
      {failures.length === 0 ? (
        <p class="panel muted">No failed date waits for anybody.</p>
      ) : (
        <ul class="panel rows">
          {failures.slice(0, SHOWN).map(({ backfill_id, job, failed, finished_at }) => (
            <li key={backfill_id}>
              <a href={addressOf(`/backfills/${backfill_id}`, { state: 'failed' })}>
                {countText(failed, 'failed date')} of {job}
              </a>
              <span class="push muted">{finished_at === null ? '' : agoText(finished_at)}</span>
            </li>
          ))}
          {failures.length > SHOWN && (
            <li class="muted">and {countText(failures.length - SHOWN, 'backfill')} more, below</li>
          )}
        </ul>
      )}
    </section>
  );
}
