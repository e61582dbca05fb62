import { useEffect, useRef } from 'preact/hooks';
import { addressOf, usePlace } from './location.ts';
import { SessionProvider, useSessionAnswer } from './session.ts';
import { BackfillView } from './views/backfill.tsx';
import { CoverageView } from './views/coverage.tsx';
import { NewBackfillView } from './views/new-backfill.tsx';
import { OverviewView } from './views/overview.tsx';
import { TrendsView } from './views/trends.tsx';

const LINKS = [
  { path: '/', text: 'Overview' },
  { path: '/coverage', text: 'Coverage' },
  { path: '/trends', text: 'Trends' },
] as const;

/** The page: one bar to go elsewhere, one view. */
export function App() {
  const place = usePlace();
  const session = useSessionAnswer();
  const main = useRef<HTMLElement>(null);
  const firstPath = useRef(place.path);
  useEffect(() => {
    // A link within the page moves neither focus nor scroll; one that leads elsewhere must.
    if (firstPath.current === place.path) return;
    firstPath.current = '';
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place.path]);
  return (
    <SessionProvider value={session}>
      <a class="skip-link" href={`#${place.path}`} onClick={() => main.current?.focus()}>
        Skip to content
      </a>
      <header class="top-bar">
        <a class="brand" href="#/">
          <img src="/icon.svg" alt="" width="20" height="20" />
          Backfills
        </a>
        <nav aria-label="Views">
          {LINKS.map(({ path, text }) => (
            <a key={path} href={addressOf(path)} aria-current={place.path === path ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <nav class="aside" aria-label="Elsewhere">
          <a href="/queues">Queues</a>
          <a href="/docs">API</a>
          {session?.csrf_token && (
            <a href="/sign-out" title={`Signed in as ${session.name}, ${session.role}`}>
              Sign out
            </a>
          )}
          {session?.role === 'operator' && (
            <a class="button primary" href="#/new">
              New backfill
            </a>
          )}
        </nav>
      </header>
      <main ref={main} tabIndex={-1}>
        {viewOf(place)}
      </main>
    </SessionProvider>
  );
}

function viewOf(place: ReturnType<typeof usePlace>) {
  const [, first = '', id = ''] = place.path.split('/');
  if (first === '') return <OverviewView />;
  if (first === 'new') return <NewBackfillView place={place} />;
  if (first === 'coverage') return <CoverageView place={place} />;
  if (first === 'trends') return <TrendsView place={place} />;
  if (first === 'backfills' && id !== '') return <BackfillView key={id} id={id} place={place} />;
  return (
    <section class="empty">
      <h1>Nothing here</h1>
      <p>
        There is no view at this address. Go to the <a href="#/">overview</a>.
      </p>
    </section>
  );
}
