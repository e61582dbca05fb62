import { useEffect, useState } from 'preact/hooks';
import type { BackfillView } from '../../queues/plan/backfill-view.ts';
import type { DateView } from '../../queues/plan/date-view.ts';
import { type ApiFailure, getJson, toApiFailure } from './api-client.ts';
import { isEnded } from './parts/state-badge.tsx';

export interface LiveBackfill {
  readonly view: BackfillView | null;
  /** In plan order. */
  readonly dates: readonly DateView[];
  readonly failure: ApiFailure | null;
  /** `live`: told as it happens. `ended`: nothing will change any more. `lost`: without a connection for a while. */
  readonly link: 'connecting' | 'live' | 'ended' | 'lost';
}

/** A stream that has grown old is open again long before; nobody need be told. */
const LOST_AFTER_MS = 4_000;

const NOTHING_YET: LiveBackfill = { view: null, dates: [], failure: null, link: 'connecting' };

/**
 * A backfill as it goes. The stream is opened first and the whole plan read once it is open, so that no
 * change falls between the two; the browser itself resumes a stream that was cut.
 */
export function useLiveBackfill(id: string): LiveBackfill {
  const [live, setLive] = useState<LiveBackfill>(NOTHING_YET);
  useEffect(() => {
    const dates = new Map<string, DateView>();
    /** Told by the stream, and so at least as new as what is read meanwhile. */
    let told = new Map<string, DateView>();
    const events = new EventSource(`/api/backfills/${id}/events`);
    const leaving = new AbortController();
    let next: Partial<LiveBackfill> = {};
    let frame: number | null = null;
    let losing: ReturnType<typeof setTimeout> | undefined;
    const show = (change: Partial<LiveBackfill>) => {
      next = { ...next, ...change };
      // A plan that has just been settled tells thousands of dates at once: one drawing for all of them.
      frame ??= requestAnimationFrame(() => {
        frame = null;
        const shown = next;
        next = {};
        setLive((before) => ({ ...before, ...shown, dates: [...dates.values()] }));
      });
    };
    const readAll = async () => {
      try {
        const address = `/api/backfills/${id}`;
        const [view, all] = await Promise.all([
          getJson<BackfillView>(address, leaving),
          getJson<DateView[]>(`${address}/dates`, leaving),
        ]);
        dates.clear();
        for (const date of all) dates.set(date.position_date, told.get(date.position_date) ?? date);
        show({ view, failure: null });
      } catch (thrown) {
        if (leaving.signal.aborted) return;
        show({ failure: toApiFailure(thrown) });
      }
    };
    let read = false;
    /** A stream that has told nothing yet left no id to go on from. */
    let resumes = false;
    events.addEventListener('open', () => {
      clearTimeout(losing);
      losing = undefined;
      show({ link: 'live' });
      if (!resumes) {
        told = new Map();
        void readAll();
      }
      read = true;
    });
    events.addEventListener('date', ({ data }) => {
      const date = JSON.parse(data) as DateView;
      resumes = true;
      told.set(date.position_date, date);
      dates.set(date.position_date, date);
      show({});
    });
    events.addEventListener('backfill', ({ data }) => {
      resumes = true;
      show({ view: JSON.parse(data) as BackfillView });
    });
    events.addEventListener('error', () => {
      // The browser does not try again after a refusal: what is refused tells why.
      if (!read || events.readyState === EventSource.CLOSED) void readAll();
      setLive((before) =>
        before.view && isEnded(before.view.state) ? { ...before, link: 'ended' } : before,
      );
      losing ??= setTimeout(() => {
        setLive((before) => (before.link === 'ended' ? before : { ...before, link: 'lost' }));
      }, LOST_AFTER_MS);
    });
    return () => {
      leaving.abort();
      events.close();
      clearTimeout(losing);
      if (frame !== null) cancelAnimationFrame(frame);
    };
  }, [id]);
  return live;
}
