import type { CalendarDate } from '../../src/calendar/calendar-date.ts';
import type { PlanWindow } from '../../src/planning/window-plan.ts';
import { DATE_LETTERS, skipLetter } from './date-letter.ts';
import type { PlannedDate } from './plan-text.ts';

/** A window of a request as a date of the plan, before anything has run. */
export function plannedDate({ positionDate, endDate, reason }: PlanWindow): PlannedDate {
  return { positionDate, endDate, letter: reason === null ? 'p' : skipLetter(reason) };
}

/** The inverse of {@link plannedDate}; whatever is not skipped shall run. */
export function windowOf({ positionDate, endDate = positionDate, letter }: PlannedDate): PlanWindow {
  return {
    positionDate: positionDate as CalendarDate,
    endDate: endDate as CalendarDate,
    reason: DATE_LETTERS[letter].reason,
  };
}
