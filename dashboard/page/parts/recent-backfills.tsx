import { useEffect, useRef, useState } from 'preact/hooks';
import type { BackfillView } from '../../../queues/plan/backfill-view.ts';
import { type ApiFailure, getJson, toApiFailure } from '../api-client.ts';
import { addressOf } from '../location.ts';
import { betweenText, minuteText } from '../time-text.ts';
import { FailureNote } from './failure-note.tsx';
import { doneOf, ProgressBar } from './progress-bar.tsx';
import { rangeText } from './request-text.ts';
import { ScrollPanel } from './scroll-panel.tsx';
import { StateBadge } from './state-badge.tsx';

interface Page {
  readonly items: BackfillView[];
  readonly next_cursor: string | null;
}

const PAGE_SIZE = 50;

/** Every backfill, newest first, a page at a time. The newest are read again when one starts or ends. */
export function RecentBackfills({ unfinished }: { unfinished: readonly BackfillView[] }) {
  const alive = new Map(unfinished.map((view) => [view.id, view]));
  const aliveIds = [...alive.keys()].join();
  const [items, setItems] = useState<readonly BackfillView[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const read = useRef(false);

  useEffect(() => {
    const leaving = new AbortController();
    getJson<Page>(`/api/backfills?limit=${PAGE_SIZE}`, leaving).then(
      (page) => {
        setItems((before) => merged(page.items, before));
        // From then on the cursor is where the last page that was opened ends, also when that was the last of all.
        if (!read.current) setCursor(page.next_cursor);
        read.current = true;
      },
      () => {},
    );
    return () => leaving.abort();
  }, [aliveIds]);

  const showMore = async () => {
    setFailure(null);
    try {
      const page = await getJson<Page>(`/api/backfills?limit=${PAGE_SIZE}&cursor=${cursor}`);
      setItems((before) => merged(before, page.items));
      setCursor(page.next_cursor);
    } catch (thrown) {
      setFailure(toApiFailure(thrown));
    }
  };

  if (items.length === 0) return null;
  return (
    <section aria-labelledby="recent-title">
      <h2 id="recent-title">All backfills</h2>
      <ScrollPanel label="All backfills">
        <table class="backfills">
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">State</th>
              <th scope="col">Dates</th>
              <th scope="col" class="wide">
                Progress
              </th>
              <th scope="col" class="number">
                Failed
              </th>
              <th scope="col">Started, UTC</th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">By</th>
            </tr>
          </thead>
          <tbody>
            {items.map((view) => (
              <BackfillRow key={view.id} view={alive.get(view.id) ?? view} />
            ))}
          </tbody>
        </table>
        {failure && <FailureNote failure={failure} />}
        {cursor !== null && (
          <button type="button" class="more" onClick={showMore}>
            Show {PAGE_SIZE} more
          </button>
        )}
      </ScrollPanel>
    </section>
  );
}

function BackfillRow({ view }: { view: BackfillView }) {
  const { counts } = view;
  return (
    <tr>
      <td>
        <a href={addressOf(`/backfills/${view.id}`)}>{view.job}</a>
      </td>
      <td>
        <StateBadge state={view.state} />
      </td>
      <td class="nowrap">{rangeText(view)}</td>
      <td class="wide">
        <ProgressBar counts={counts} />
        <span class="small muted">
          {doneOf(counts)} of {counts.total}
        </span>
      </td>
      <td class={`number ${counts.failed > 0 ? 'bad' : 'muted'}`}>{counts.failed}</td>
      <td class="nowrap">{minuteText(view.created_at)}</td>
      <td class="number nowrap">{betweenText(view.created_at, view.finished_at)}</td>
      <td>{view.created_by}</td>
    </tr>
  );
}

/** One list and what follows it; of a backfill that both have, the first one's view. */
function merged(first: readonly BackfillView[], then: readonly BackfillView[]): readonly BackfillView[] {
  const ids = new Set(first.map(({ id }) => id));
  return [...first, ...then.filter(({ id }) => !ids.has(id))];
}
