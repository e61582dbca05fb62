import type { z } from 'zod';
import type { BackfillRequestSchema } from '../backfill-request.ts';

/** Body of POST /api/backfills. */
export type RequestBody = z.input<typeof BackfillRequestSchema>;

/** What the form holds: text as typed. */
export interface RequestDraft {
  readonly job: string;
  readonly startDate: string;
  readonly endDate: string;
  /** Single dates instead of the range; empty for the range. */
  readonly dates: readonly string[];
  readonly excludeDates: string;
  readonly calendar: string;
  readonly reprocess: 'missing' | 'failed' | 'all';
  readonly order: 'asc' | 'desc';
  readonly maxActiveRuns: string;
  readonly priority: string;
  readonly maxAttempts: string;
  readonly stopAfterFailures: string;
  readonly reason: string;
}

export const EMPTY_DRAFT: RequestDraft = {
  job: '',
  startDate: '',
  endDate: '',
  dates: [],
  excludeDates: '',
  calendar: '',
  reprocess: 'missing',
  order: 'asc',
  maxActiveRuns: '',
  priority: '',
  maxAttempts: '',
  stopAfterFailures: '',
  reason: '',
};

/** What stands where a date has still to be filled in. */
const NO_DATE = 'YYYY-MM-DD';

/** The request of a draft: what was left empty is left out, so that the defaults of job and API hold. */
export function requestOf(draft: RequestDraft): RequestBody {
  const body: Record<string, unknown> = { job: draft.job.trim() };
  if (draft.dates.length > 0) body.dates = draft.dates;
  else Object.assign(body, { start_date: draft.startDate || NO_DATE, end_date: draft.endDate || NO_DATE });
  const excluded = draft.excludeDates.split(/[\s,]+/).filter((date) => date !== '');
  if (excluded.length > 0) body.exclude_dates = excluded;
  if (draft.calendar.trim() !== '') body.calendar = draft.calendar.trim();
  if (draft.reprocess !== 'missing') body.reprocess = draft.reprocess;
  if (draft.order !== 'asc') body.order = draft.order;
  for (const [field, text] of [
    ['max_active_runs', draft.maxActiveRuns],
    ['priority', draft.priority],
    ['max_attempts', draft.maxAttempts],
    ['stop_after_failures', draft.stopAfterFailures],
  ] as const) {
    if (text.trim() !== '') body[field] = Number(text);
  }
  if (draft.reason.trim() !== '') body.reason = draft.reason.trim();
  return body as RequestBody;
}

const FLAGS: readonly (readonly [keyof RequestBody, string])[] = [
  ['job', '--job'],
  ['start_date', '--from'],
  ['end_date', '--to'],
  ['dates', '--dates'],
  ['exclude_dates', '--exclude'],
  ['calendar', '--calendar'],
  ['reprocess', '--reprocess'],
  ['order', '--order'],
  ['max_active_runs', '--max-active-runs'],
  ['priority', '--priority'],
  ['max_attempts', '--max-attempts'],
  ['stop_after_failures', '--stop-after-failures'],
  ['reason', '--reason'],
];

/** The line that asks the same of the command. */
export function commandLine(body: RequestBody): string {
  const flags = FLAGS.flatMap(([field, flag]) => {
    const value = body[field];
    return value === undefined
      ? []
      : [`${flag} ${quoted(Array.isArray(value) ? value.join(',') : String(value))}`];
  });
  return `backfill run ${flags.join(' ')}`;
}

/** The line that asks the same over REST; with the token where this server asks for one. */
export function curlLine(body: RequestBody, origin: string, withToken: boolean): string {
  return [
    `curl -X POST ${origin}/api/backfills`,
    ...(withToken ? ['-H "Authorization: Bearer $BACKFILL_TOKEN"'] : []),
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(body), true)}`,
  ].join(' \\\n  ');
}

/** As a POSIX shell takes it. */
function quoted(text: string, always = false): string {
  if (!always && /^[\w.,:/@%+-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
