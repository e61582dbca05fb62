import type { DateCounts } from '../../../queues/plan/date-letter.ts';
import { STATE_MARKS } from './date-mark.ts';

const SHOWN = STATE_MARKS.filter(({ name }) => name !== 'pending');

export function doneOf(counts: DateCounts): number {
  return counts.succeeded + counts.failed + counts.skipped + counts.cancelled;
}

/** One bar, a stretch for each state. */
export function ProgressBar({ counts }: { counts: DateCounts }) {
  const done = doneOf(counts);
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label="Dates done"
      aria-valuemin={0}
      aria-valuemax={counts.total}
      aria-valuenow={done}
      aria-valuetext={`${done} of ${counts.total}`}
    >
      {SHOWN.filter(({ name }) => counts[name] > 0).map(({ name, label }) => (
        <i
          key={name}
          class={`mark ${name}`}
          title={`${counts[name]} ${label.toLowerCase()}`}
          style={{ width: `${(100 * counts[name]) / counts.total}%` }}
        />
      ))}
    </div>
  );
}

/** `19 succeeded, 1 failed`: the states that occur. */
export function countsText(counts: DateCounts): string {
  return STATE_MARKS.filter(({ name }) => counts[name] > 0)
    .map(({ name, label }) => `${counts[name].toLocaleString('en-US')} ${label.toLowerCase()}`)
    .join(', ');
}
