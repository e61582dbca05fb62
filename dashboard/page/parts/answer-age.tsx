import { useEffect, useState } from 'preact/hooks';
import { agoText } from '../time-text.ts';

const TICK_MS = 5_000;

/** How old the answer is that is shown. The log follows what happens by a few seconds, or more if the warehouse sleeps. */
export function AnswerAge({ asOf, onRefresh }: { asOf: string; onRefresh: () => void }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="answer-age muted small push">
      From the log,{' '}
      <time dateTime={asOf} title={asOf}>
        {agoText(asOf, Math.max(nowMs, Date.parse(asOf)))}
      </time>
      <button type="button" class="small" onClick={onRefresh}>
        Refresh
      </button>
    </p>
  );
}
