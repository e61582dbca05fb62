import type { Trends } from '../../../src/tables/trends.ts';

/** How many attempts were retries, by what had failed first. */
export function RetryReasons({ retries }: { retries: Trends['retries'] }) {
  const most = Math.max(1, ...retries.map(({ count }) => count));
  return (
    <section aria-labelledby="retries-title">
      <h2 id="retries-title">Retries by reason</h2>
      <div class="panel">
        {retries.length === 0 ? (
          <p class="muted">No attempt was a retry.</p>
        ) : (
          <ul class="bars">
            {retries.map(({ reason, count }) => (
              <li key={reason} class="bar-row">
                <span class="mono">{reason}</span>
                <i class="bar-length" style={{ width: `${(100 * count) / most}%` }} aria-hidden="true" />
                <b class="bar-count">{count.toLocaleString('en-US')}</b>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
