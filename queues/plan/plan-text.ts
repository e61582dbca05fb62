import { type CalendarDate, datesInRange } from '../../src/calendar/calendar-date.ts';
import { type DateLetter, isDateLetter } from './date-letter.ts';

export interface PlannedDate {
  readonly positionDate: string;
  readonly letter: DateLetter;
  /** Last day of a window; absent where the date is one day. */
  readonly endDate?: string;
}

/** A plan as Redis keeps it: strings that run side by side, and how often each letter occurs. */
export interface PlanText {
  readonly dates: string;
  readonly letters: string;
  /** Last days, or empty where every date is one day: then nothing is kept of them. */
  readonly ends: string;
  readonly counts: Record<string, number>;
}

const DATE_LENGTH = 8;

/** Writes dates, already in the order in which they shall run. */
export function writePlanText(plan: readonly PlannedDate[]): PlanText {
  const counts: Record<string, number> = {};
  for (const { letter } of plan) counts[letter] = (counts[letter] ?? 0) + 1;
  const windowed = plan.some(({ positionDate, endDate = positionDate }) => endDate !== positionDate);
  return {
    dates: plan.map(({ positionDate }) => digitsOf(positionDate)).join(''),
    ends: windowed ? plan.map(({ positionDate, endDate }) => digitsOf(endDate ?? positionDate)).join('') : '',
    letters: plan.map(({ letter }) => letter).join(''),
    counts,
  };
}

export function readPlanText(dates: string, letters: string, ends = ''): PlannedDate[] {
  return Array.from(letters, (letter, index) => {
    if (!isDateLetter(letter)) throw new Error(`A plan holds the unknown letter ${JSON.stringify(letter)}.`);
    const positionDate = dateAt(dates, index);
    const endDate = ends === '' ? positionDate : dateAt(ends, index);
    return endDate === positionDate ? { positionDate, letter } : { positionDate, letter, endDate };
  });
}

/** Every day of a date of a plan: one, or those of its window. */
export function daysOfDate({ positionDate, endDate = positionDate }: Omit<PlannedDate, 'letter'>): string[] {
  if (endDate === positionDate) return [positionDate];
  return datesInRange(positionDate as CalendarDate, endDate as CalendarDate);
}

function digitsOf(date: string): string {
  return date.replaceAll('-', '');
}

function dateAt(text: string, index: number): string {
  const digits = text.slice(index * DATE_LENGTH, (index + 1) * DATE_LENGTH);
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
}
