import { type DateLetter, isDateLetter } from './date-letter.ts';

export interface PlannedDate {
  readonly positionDate: string;
  readonly letter: DateLetter;
}

/** A plan as Redis keeps it: two strings that run side by side, and how often each letter occurs. */
export interface PlanText {
  readonly dates: string;
  readonly letters: string;
  readonly counts: Record<string, number>;
}

const DATE_LENGTH = 8;

/** Writes dates, already in the order in which they shall run. */
export function writePlanText(plan: readonly PlannedDate[]): PlanText {
  const counts: Record<string, number> = {};
  for (const { letter } of plan) counts[letter] = (counts[letter] ?? 0) + 1;
  return {
    dates: plan.map(({ positionDate }) => positionDate.replaceAll('-', '')).join(''),
    letters: plan.map(({ letter }) => letter).join(''),
    counts,
  };
}

export function readPlanText(dates: string, letters: string): PlannedDate[] {
  return Array.from(letters, (letter, index) => {
    if (!isDateLetter(letter)) throw new Error(`A plan holds the unknown letter ${JSON.stringify(letter)}.`);
    const digits = dates.slice(index * DATE_LENGTH, (index + 1) * DATE_LENGTH);
    return { positionDate: `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`, letter };
  });
}
