import { z } from 'zod';
import type { CalendarDate } from '../calendar/calendar-date.ts';
import type { DateHistory } from '../tables/date-history.ts';
import type { DayVerdicts } from './window-plan.ts';

/** Which dates a backfill runs: those without a success, those whose last attempt failed, or every one. */
export const ReprocessSchema = z.enum(['missing', 'failed', 'all']);
export type Reprocess = z.output<typeof ReprocessSchema>;

/** Why a date that the calendar allows is left out, or null when it shall run. */
export function reasonAgainst(
  reprocess: Reprocess,
  history: DateHistory | undefined,
): 'already_succeeded' | 'not_failed' | null {
  switch (reprocess) {
    case 'all':
      return null;
    case 'missing':
      return history?.succeeded ? 'already_succeeded' : null;
    case 'failed':
      if (history?.firstFailureRunId) return null;
      return history?.succeeded ? 'already_succeeded' : 'not_failed';
  }
}

/** The same for every day of a plan. */
export function dayVerdicts(reprocess: Reprocess, history: ReadonlyMap<string, DateHistory>): DayVerdicts {
  const against = (day: CalendarDate) => reasonAgainst(reprocess, history.get(day));
  return { reasonAgainst: against, isDone: (day) => against(day) === 'already_succeeded' };
}
