import type { BackfillAnswer, DateAnswer } from './rest-answers.ts';
import { shortened, textTable } from './text-table.ts';

const MOST_ROWS = 60;
const MESSAGE_LENGTH = 80;

/** `19 succeeded, 11 skipped`: every state that occurs, in the order in which dates pass them. */
export function countsLine(counts: BackfillAnswer['counts']): string {
  const { total, ...byState } = counts;
  const parts = Object.entries(byState).filter(([, count]) => count > 0);
  return parts.map(([state, count]) => `${count} ${state}`).join(', ') || `${total} dates`;
}

/** What a backfill is and how far it has come, one fact a line. */
export function backfillLines(backfill: BackfillAnswer): string[] {
  const { state_reason, eta_seconds, log_pending } = backfill;
  return [
    `${backfill.id}  ${backfill.job} (job ${backfill.job_id})`,
    `state    ${backfill.state}${state_reason ? `: ${state_reason}` : ''}`,
    `dates    ${countsLine(backfill.counts)} (${backfill.counts.total} in all)`,
    ...(typeof eta_seconds === 'number' ? [`ends in  about ${seconds(eta_seconds)}`] : []),
    `log      ${log_pending === 0 ? 'complete' : `${log_pending} rows not yet written`}`,
    `created  ${backfill.created_at} by ${backfill.created_by}`,
    ...(backfill.finished_at ? [`finished ${backfill.finished_at}`] : []),
  ];
}

/** The dates of a backfill; of a long one only those that need a look. */
export function datesTable(dates: readonly DateAnswer[]): string {
  const shown =
    dates.length <= MOST_ROWS
      ? dates
      : dates.filter(({ state }) => state !== 'succeeded' && state !== 'skipped').slice(0, MOST_ROWS);
  const left = dates.length - shown.length;
  const rows = shown.map((date) => [
    daysText(date),
    date.state,
    date.attempt === 0 ? '' : String(date.attempt),
    date.run_id ?? '',
    took(date),
    shortened(noteOn(date), MESSAGE_LENGTH),
  ]);
  const table = shown.length === 0 ? [] : [textTable(['date', 'state', 'try', 'run', 'took', ''], rows)];
  const rest = left === 0 ? [] : [`(${left} more dates; "backfill status ID --json" has them all)`];
  return [...table, ...rest].join('\n');
}

/** `2024-06-03`, or `2024-06-03 to 2024-06-07` for a window. */
export function daysText(date: { position_date: string; position_end_date?: string | undefined }): string {
  const { position_date: first, position_end_date: last = first } = date;
  return first === last ? first : `${first} to ${last}`;
}

function noteOn(date: DateAnswer): string {
  if (date.error_message) return date.error_message;
  if (date.waiting_for) return `waits for backfill ${date.waiting_for}`;
  if (date.retry_at) return `again at ${date.retry_at}`;
  return reasonText(date.reason);
}

/** `no business day`, `already succeeded`, ...; empty without a reason. */
export function reasonText(reason: string | null | undefined): string {
  if (reason === 'not_business_day') return 'no business day';
  return reason?.replaceAll('_', ' ') ?? '';
}

function took({ started_at, finished_at }: DateAnswer): string {
  if (!started_at || !finished_at) return '';
  return `${((Date.parse(finished_at) - Date.parse(started_at)) / 1000).toFixed(1)} s`;
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function seconds(count: number): string {
  if (count < 90) return `${Math.round(count)} s`;
  const minutes = Math.round(count / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
