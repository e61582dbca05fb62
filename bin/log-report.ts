import { daysText, seconds } from './backfill-report.ts';
import { type LogAnswer, LogAnswerSchema, LogSummarySchema } from './rest-answers.ts';
import { shortened, textTable } from './text-table.ts';

const MESSAGE_LENGTH = 80;

/** Rows of the log; with `recent` also how long each took, with `failed` what was asked and more of the message. */
export function logTable(body: unknown, { recent, failed }: { recent?: true; failed?: true } = {}): string {
  const rows = LogAnswerSchema.parse(body).items;
  if (failed) {
    const shown = rows.map((row) => [
      daysText(row),
      row.attempt ?? '',
      shortened(row.error_message ?? '', 160),
    ]);
    return textTable(['position_date', 'attempt', 'error_message'], shown);
  }
  const took = (row: LogAnswer['items'][number]) =>
    row.duration_seconds == null ? '' : seconds(row.duration_seconds);
  return textTable(
    ['position_date', 'status', 'attempt', 'run', 'start_time', 'end_time', ...(recent ? ['took'] : []), ''],
    rows.map((row) => [
      daysText(row),
      row.status,
      row.attempt ?? '',
      row.backfill_job_id ?? '',
      row.start_time ?? '',
      row.end_time ?? '',
      ...(recent ? [took(row)] : []),
      shortened(row.error_message ?? '', MESSAGE_LENGTH),
    ]),
  );
}

/** `11 SKIPPED, 19 SUCCESS` */
export function statusCounts(body: unknown): string {
  return LogSummarySchema.parse(body)
    .map(({ status, count }) => `${count} ${status}`)
    .join(', ');
}

export function summaryTable(body: unknown): string {
  const rows = LogSummarySchema.parse(body).map(({ status, count, earliest_date, latest_date }) => [
    status,
    count,
    earliest_date ?? '',
    latest_date ?? '',
  ]);
  return textTable(['status', 'rows', 'from', 'to'], rows);
}
