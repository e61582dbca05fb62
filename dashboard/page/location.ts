import { useEffect, useState } from 'preact/hooks';

/** Where the page stands: the part of its address after `#`, such as `/backfills/0190...?state=failed`. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  return { path: path === '' ? '/' : path, query: new URLSearchParams(query) };
}

/** The address of a place in this page, for `href`. */
export function addressOf(
  path: string,
  query: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return given.length === 0 ? `#${path}` : `#${path}?${new URLSearchParams(given)}`;
}

export function goTo(address: string): void {
  window.location.hash = address;
}

/** Changes what the address says without a step in the history, for filters and the like. */
export function replaceQuery(place: Place, changes: Readonly<Record<string, string | null>>): void {
  const query = { ...Object.fromEntries(place.query), ...changes };
  window.history.replaceState(null, '', addressOf(place.path, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** The place shown now; follows links and the browser's back and forward. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(window.location.hash));
  useEffect(() => {
    const follow = () => setPlace(placeOf(window.location.hash));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return place;
}
