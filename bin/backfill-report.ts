import type { BackfillAnswer, DateAnswer, LeftOutAnswer } from './rest-answers.ts';
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
    ...(backfill.retry_of ? [`retries  failed dates of ${backfill.retry_of}`] : []),
    ...(backfill.finished_at ? [`finished ${backfill.finished_at}`] : []),
  ];
}

/** The dates of the backfill with this id; of a long one only those that need a look. */
export function datesTable(id: string, dates: readonly DateAnswer[]): string {
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
    noteOn(date),
  ]);
  const table = shown.length === 0 ? [] : [textTable(['date', 'state', 'attempt', 'run', 'took', ''], rows)];
  const rest = left === 0 ? [] : [`(${left} more dates; "backfill status ${id} --csv" has them all)`];
  return [...table, ...rest].join('\n');
}

/** `2024-06-03`, or `2024-06-03 to 2024-06-07` for a window. */
export function daysText(date: {
  position_date: string;
  position_end_date?: string | null | undefined;
}): string {
  const first = date.position_date;
  const last = date.position_end_date ?? first;
  return first === last ? first : `${first} to ${last}`;
}

/** What becomes of the date stands around the message, which may be too long for the line. */
function noteOn(date: DateAnswer): string {
  const { state, waiting_for, retry_at, error_message, decision_reason } = date;
  const message = shortened(error_message || reasonText(date.reason), MESSAGE_LENGTH);
  const next = waiting_for ? `waits for backfill ${waiting_for}` : retry_at ? `again at ${retry_at}` : '';
  const why = state === 'failed' && decision_reason ? `(${decision_reason})` : '';
  return [next && message ? `${next}:` : next, message, why].filter((part) => part !== '').join(' ');
}

/** `2024-06-05 of 02_process_data left out: another backfill has it in hand`, a line for each date. */
export function leftOutLines(leftOut: readonly LeftOutAnswer[]): string[] {
  return leftOut.map(
    ({ position_date, job, reason }) => `${position_date} of ${job} left out: ${leftOutText(reason)}`,
  );
}

const LEFT_OUT_TEXTS: Readonly<Record<string, string>> = {
  configuration: 'a configuration error would fail again',
  cancelled: 'a person has cancelled it',
  live: 'another backfill has it in hand',
};

/** Why a failed date is not run again, for people. */
export function leftOutText(reason: string): string {
  return LEFT_OUT_TEXTS[reason] ?? reason;
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
