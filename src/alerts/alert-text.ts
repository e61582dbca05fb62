import type { Alert, Cause } from './alert.ts';

/** The message as lines of plain text, without its title. */
export function alertLines({ reason, backfill, causes }: Alert): string[] {
  const lines = reason === null ? [] : [reason];
  if (backfill !== null) {
    const counts = Object.entries(backfill.counts)
      .filter(([state, count]) => state !== 'total' && count > 0)
      .map(([state, count]) => `${count} ${state}`);
    lines.push(`${backfill.counts.total ?? 0} dates: ${counts.join(', ')}.`);
    lines.push(`Started by ${backfill.created_by}, ${spent(backfill.duration_seconds)} ago.`);
  }
  lines.push(...causes.map(causeLine));
  if (backfill !== null) lines.push(backfill.url);
  return lines;
}

function causeLine({ cause, count, dates, example }: Cause): string {
  const more = count > dates.length ? ` and ${count - dates.length} more` : '';
  return `${count} × ${cause} (${dates.join(', ')}${more})${example === '' ? '' : `: ${example}`}`;
}

/** A length of time in its two largest units. */
function spent(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
