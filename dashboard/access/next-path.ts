const BASE = 'http://here.invalid';
const START = '/';

/**
 * Where to go after the sign-in: a path of ours, or the start for anything else. A browser reads `//host`,
 * `/\host` and a path with a tab in it as another host; so does the URL parser, whose reading is what we keep.
 */
export function nextPath(given: unknown): string {
  if (typeof given !== 'string' || !given.startsWith('/') || !URL.canParse(given, BASE)) return START;
  const { origin, pathname, search, hash } = new URL(given, BASE);
  const isOurs = origin === BASE && !pathname.startsWith('//');
  return isOurs && !/^\/sign-(in|out)\b/.test(pathname) ? `${pathname}${search}${hash}` : START;
}
