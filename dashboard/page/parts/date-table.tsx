import { useState } from 'preact/hooks';
import type { DateState } from '../../../queues/plan/date-letter.ts';
import type { DateView } from '../../../queues/plan/date-view.ts';
import { betweenText, countText, windowText } from '../time-text.ts';
import { RunLink } from './attempt-card.tsx';
import { REASON_TEXT, STATE_MARKS } from './date-mark.ts';
import { ScrollPanel } from './scroll-panel.tsx';

export interface DateTableProps {
  readonly dates: readonly DateView[];
  readonly only: DateState | null;
  readonly onPick: (date: string) => void;
}

const PAGE_SIZE = 50;

/** The dates of the filter as a list. */
export function DateTable({ dates, only, onPick }: DateTableProps) {
  const [pages, setPages] = useState(1);
  if (dates.length === 0 && only === null) return null;
  const shown = dates.slice(0, pages * PAGE_SIZE);
  return (
    <section aria-labelledby="list-title">
      <h2 id="list-title">
        {only === null ? 'Running, failed or waiting' : STATE_MARKS.find(({ name }) => name === only)?.label}{' '}
        <span class="count">{dates.length.toLocaleString('en-US')}</span>
      </h2>
      <ScrollPanel label="Dates">
        <table class="dates">
          <thead>
            <tr>
              <th scope="col">Date</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Attempt
              </th>
              <th scope="col">Started, UTC</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">Run</th>
              <th scope="col" class="grow">
                What happened
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((date) => (
              <DateRow key={date.position_date} date={date} onPick={onPick} />
            ))}
          </tbody>
        </table>
        {dates.length === 0 && <p class="muted">No date is in this state.</p>}
        {shown.length < dates.length && (
          <button type="button" class="more" onClick={() => setPages(pages + 1)}>
            Show more of {countText(dates.length, 'date')}
          </button>
        )}
      </ScrollPanel>
    </section>
  );
}

function DateRow({ date, onPick }: { date: DateView; onPick: (date: string) => void }) {
  const mark = STATE_MARKS.find(({ name }) => name === date.state);
  const [headline = ''] = (date.error_message ?? '').split('\n');
  return (
    <tr>
      <td class="nowrap">
        <button type="button" class="as-link" onClick={() => onPick(date.position_date)}>
          {windowText(date)}
        </button>
      </td>
      <td class="nowrap">
        <i class={`mark swatch ${date.state}`} data-sign={mark?.sign} aria-hidden="true" /> {mark?.label}
      </td>
      <td class="number">{date.attempt === 0 ? '–' : date.attempt}</td>
      <td class="nowrap">{date.started_at?.slice(0, 19).replace('T', ' ') ?? '–'}</td>
      <td class="number nowrap">
        {date.started_at === null ? '–' : betweenText(date.started_at, date.finished_at)}
      </td>
      <td class="nowrap">
        {date.run_id !== null && date.run_page_url !== null ? (
          <RunLink url={date.run_page_url} id={date.run_id} />
        ) : (
          (date.run_id ?? '–')
        )}
      </td>
      <td class="clipped" title={headline}>
        {headline || whyText(date)}
      </td>
    </tr>
  );
}

function whyText({ reason, retry_at, waiting_for }: DateView): string {
  if (reason !== null) return REASON_TEXT[reason] ?? reason;
  if (retry_at !== null) return `tries again at ${retry_at.slice(11, 19)}`;
  return waiting_for === null ? '' : 'waits for another backfill';
}
