import { betweenText } from '../time-text.ts';

export interface Attempt {
  readonly nr: number;
  readonly status: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly errorMessage: string | null;
  readonly runId: string | null;
  readonly runPageUrl: string | null;
}

/** One try of a date. Of a long error the end is in sight: that is where a trace says what happened. */
export function AttemptCard({ attempt }: { attempt: Attempt }) {
  const { nr, status, startedAt, finishedAt, errorMessage, runId, runPageUrl } = attempt;
  const [headline = '', ...trace] = (errorMessage ?? '').split('\n');
  return (
    <article class={`attempt ${status}`}>
      <h3>
        Attempt {nr} <span class="muted">{status}</span>
      </h3>
      <dl>
        {startedAt !== null && (
          <>
            <dt>Started</dt>
            <dd>{startedAt.slice(0, 19).replace('T', ' ')} UTC</dd>
            <dt>{finishedAt === null ? 'For' : 'Took'}</dt>
            <dd>{betweenText(startedAt, finishedAt)}</dd>
          </>
        )}
        {runId !== null && (
          <>
            <dt>Run</dt>
            <dd>
              {runPageUrl ? <RunLink url={runPageUrl} id={runId} /> : <span class="mono">{runId}</span>}
            </dd>
          </>
        )}
      </dl>
      {headline !== '' && <p class="error-line">{headline}</p>}
      {trace.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        <pre class="trace" tabIndex={0} ref={(element) => element?.scrollTo(0, element.scrollHeight)}>
          {trace.join('\n')}
        </pre>
      )}
    </article>
  );
}

/** Only what leads to a web page may be followed: the address comes from another system. */
export function RunLink({ url, id }: { url: string; id: string }) {
  if (!/^https?:\/\//.test(url)) return <span class="mono">{id}</span>;
  return (
    <a class="mono" href={url} target="_blank" rel="noreferrer">
      {id}
    </a>
  );
}
