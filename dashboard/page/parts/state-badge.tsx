import type { BackfillState } from '../../../src/tables/backfill-row.ts';

const LABELS: Readonly<Record<BackfillState, string>> = {
  planning: 'Planning',
  running: 'Running',
  paused: 'Paused',
  cancelling: 'Cancelling',
  cancelled: 'Cancelled',
  completed: 'Completed',
  completed_with_failures: 'Completed with failures',
};

/** State of a backfill. */
export function StateBadge({ state }: { state: BackfillState }) {
  return <span class={`badge ${state}`}>{LABELS[state]}</span>;
}

export function isEnded(state: BackfillState): boolean {
  return state === 'completed' || state === 'completed_with_failures' || state === 'cancelled';
}
