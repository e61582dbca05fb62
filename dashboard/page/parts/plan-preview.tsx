import { useMemo, useState } from 'preact/hooks';
import type { DryRun } from '../../dry-run.ts';
import { countText, windowText } from '../time-text.ts';
import { DateCalendar } from './date-calendar.tsx';
import { REASON_TEXT, VERDICT_MARKS } from './date-mark.ts';
import { MarkFilter } from './mark-filter.tsx';

export interface PlanPreviewProps {
  readonly plan: DryRun;
  readonly busy: boolean;
  /** Null for who may not start it. */
  readonly onStart: (() => void) | null;
}

const PAGE_SIZE = 100;

/** Every date with its verdict, as a calendar and as a list, and the button that starts it. */
export function PlanPreview({ plan, busy, onStart }: PlanPreviewProps) {
  const [only, setOnly] = useState<string | null>(null);
  const [pages, setPages] = useState(1);
  const marked = useMemo(
    () => plan.dates.map(({ position_date, verdict }) => ({ date: position_date, mark: verdict })),
    [plan],
  );
  const listed = only === null ? plan.dates : plan.dates.filter(({ verdict }) => verdict === only);
  const shown = listed.slice(0, pages * PAGE_SIZE);
  const starting = plan.counts.run + plan.counts.wait;
  return (
    <div class="panel preview">
      <div class="preview-head">
        <MarkFilter marks={VERDICT_MARKS} counts={plan.counts} only={only} onOnly={setOnly} />
        {onStart !== null && (
          <button type="button" class="primary push" disabled={busy || starting === 0} onClick={onStart}>
            {busy ? 'Starting…' : startText(starting)}
          </button>
        )}
      </div>
      <DateCalendar label="Dates of the preview" dates={marked} marks={VERDICT_MARKS} only={only} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="verdicts" aria-label="Verdicts" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Date</th>
              <th scope="col">Verdict</th>
              <th scope="col" class="grow">
                Why
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ position_date, position_end_date, verdict, reason }) => {
              const mark = VERDICT_MARKS.find(({ name }) => name === verdict);
              return (
                <tr key={position_date}>
                  <td class="nowrap">{windowText({ position_date, position_end_date })}</td>
                  <td class="nowrap">
                    <i class={`mark swatch ${verdict}`} data-sign={mark?.sign} aria-hidden="true" /> {verdict}
                  </td>
                  <td class="muted">{reason === null ? '' : (REASON_TEXT[reason] ?? reason)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {shown.length < listed.length && (
          <button type="button" class="more" onClick={() => setPages(pages + 1)}>
            Show more of {countText(listed.length, 'date')}
          </button>
        )}
      </section>
    </div>
  );
}

function startText(dates: number): string {
  return dates === 0 ? 'Nothing to run' : `Start ${countText(dates, 'date')}`;
}
