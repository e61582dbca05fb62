import type { DateState } from '../../../queues/plan/date-letter.ts';
import type { Verdict } from '../../dry-run.ts';

/** How a date of some state looks: a word, and a sign that does without colour. The class gives the colour. */
export interface DateMark {
  readonly name: string;
  readonly label: string;
  readonly sign: string;
}

/** In the order in which legends and bars show them. */
export const STATE_MARKS: readonly (DateMark & { readonly name: DateState })[] = [
  { name: 'succeeded', label: 'Succeeded', sign: '✓' },
  { name: 'failed', label: 'Failed', sign: '✕' },
  { name: 'running', label: 'Running', sign: '▶' },
  { name: 'queued', label: 'Queued', sign: 'Q' },
  { name: 'pending', label: 'Pending', sign: '○' },
  { name: 'skipped', label: 'Skipped', sign: '–' },
  { name: 'cancelled', label: 'Cancelled', sign: '/' },
];

export const VERDICT_MARKS: readonly (DateMark & { readonly name: Verdict })[] = [
  { name: 'run', label: 'Would run', sign: '▶' },
  { name: 'wait', label: 'Would wait', sign: 'W' },
  { name: 'skip', label: 'Would be skipped', sign: '–' },
];

export const COVERAGE_MARKS: readonly DateMark[] = [
  { name: 'processed', label: 'Processed', sign: '✓' },
  { name: 'missing', label: 'Missing', sign: '✕' },
];

/** Reasons as the API names them, as people say them. */
export const REASON_TEXT: Readonly<Record<string, string>> = {
  not_business_day: 'no business day',
  excluded: 'excluded by the request',
  already_succeeded: 'has succeeded before',
  not_failed: 'has not failed',
  future: 'in the future',
  claimed: 'another backfill has it',
  adopted: 'taken over from another backfill',
};
