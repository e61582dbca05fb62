import { isFinished } from '../queues/plan/backfill-record.ts';
import type { BackfillView } from '../queues/plan/backfill-view.ts';
import type { PlanStore } from '../queues/plan/plan-store.ts';

const SHOWN = 50;
const REFRESH_SECONDS = 3;
/** In the order in which the bar shows them. */
const BAR_STATES = ['succeeded', 'skipped', 'failed', 'cancelled', 'running', 'queued'] as const;

/** The latest backfills with their progress, as a page without scripts. It reads Redis only. */
export async function progressPage(plans: PlanStore): Promise<string> {
  const { items, nextCursor } = await plans.list({ limit: SHOWN });
  const alive = items.some(({ state }) => !isFinished(state));
  const more = nextCursor === null ? '' : `<p>Older ones: <a href="/api/backfills">/api/backfills</a></p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${alive ? `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">` : ''}
<title>Backfills</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Backfills</h1><nav><a href="/queues">Queues</a> <a href="/api/backfills">JSON</a></nav></header>
<main>${items.length === 0 ? EMPTY : items.map(backfill).join('\n')}${more}</main>
</body>
</html>
`;
}

const EMPTY = `<p>No backfill yet. Start one with</p>
<pre>backfill run --job JOB --from 2024-06-01 --to 2024-06-30</pre>`;

function backfill(view: BackfillView): string {
  const { counts } = view;
  const done = counts.succeeded + counts.skipped + counts.failed + counts.cancelled;
  const facts = [
    ...BAR_STATES.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`),
    ...(counts.pending > 0 ? [`${counts.pending} pending`] : []),
    ...(view.eta_seconds === null ? [] : [`about ${duration(view.eta_seconds)} left`]),
    ...(view.log_pending > 0 ? [`${counted(view.log_pending, 'change')} not yet in the log`] : []),
  ];
  return `<article>
<h2>${escaped(view.job)} <span class="state ${view.state}">${view.state.replaceAll('_', ' ')}</span></h2>
${view.state_reason === null ? '' : `<p class="reason">${escaped(view.state_reason)}</p>`}
<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="${counts.total}" aria-valuenow="${done}" aria-label="dates done">${bar(view)}</div>
<p>${done} of ${counts.total} dates done: ${facts.join(', ')}</p>
<p class="small">${escaped(view.created_by)}, ${minute(view.created_at)}${view.finished_at === null ? '' : ` to ${minute(view.finished_at)}`} UTC ·
<a href="/api/backfills/${view.id}">${view.id}</a> · <a href="/api/backfills/${view.id}/dates">dates</a></p>
</article>`;
}

function bar({ counts }: BackfillView): string {
  return BAR_STATES.filter((state) => counts[state] > 0)
    .map(
      (state) =>
        `<i class="${state}" style="width:${((100 * counts[state]) / counts.total).toFixed(2)}%"></i>`,
    )
    .join('');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

function minute(isoTime: string): string {
  return escaped(isoTime.slice(0, 16).replace('T', ' '));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root{color-scheme:light dark;--ok:#2e7d32;--bad:#c62828;--busy:#1565c0;--wait:#90a4ae;--rest:#bdbdbd}
@media (prefers-color-scheme:dark){:root{--ok:#66bb6a;--bad:#ef5350;--busy:#64b5f6;--rest:#757575}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}
header{display:flex;align-items:baseline;justify-content:space-between;gap:1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}p{margin:.4rem 0}
nav a{margin-left:1rem}pre{padding:.8rem;border:1px solid var(--rest);border-radius:6px;overflow-x:auto}
article{border:1px solid #8884;border-radius:8px;padding:1rem;margin:1rem 0}
.state{font-size:.8rem;font-weight:600;border:1px solid;border-radius:99px;padding:.1rem .6rem;margin-left:.4rem;white-space:nowrap}
.running,.planning{color:var(--busy)}.completed{color:var(--ok)}.completed_with_failures,.cancelled,.cancelling{color:var(--bad)}
.reason{border-left:3px solid var(--busy);padding-left:.6rem}.small{font-size:.85rem;opacity:.75;overflow-wrap:anywhere}
.bar{display:flex;height:.8rem;border-radius:99px;overflow:hidden;background:#8883;margin:.6rem 0}
.bar i{display:block;min-width:2px}i.succeeded{background:var(--ok)}i.skipped{background:var(--rest)}i.failed{background:var(--bad)}
i.cancelled{background:#6d4c41}i.running{background:var(--busy)}i.queued{background:var(--wait)}
`;
