/** State of a date as REST tells it. */
export type DateState = 'pending' | 'queued' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** Why a date will not run, or did not need to. */
export type SkipReason = 'not_business_day' | 'excluded' | 'already_succeeded' | 'not_failed' | 'future';

export interface DateLetterMeaning {
  readonly state: DateState;
  readonly reason: SkipReason | null;
}

/**
 * A plan holds one letter a date, so that twenty years fit into 7 kB and one command sets one state.
 * The letters tell apart what the scripts must tell apart; REST sees the state beside it.
 */
export const DATE_LETTERS = {
  /** May be fed as soon as its claim is free. */
  p: { state: 'pending', reason: null },
  /** Its attempt failed and waits for the retry worker's decision. */
  d: { state: 'pending', reason: null },
  /** Waits for `retry_at`. */
  w: { state: 'pending', reason: null },
  /** Its BullMQ job exists; the claim is held. */
  q: { state: 'queued', reason: null },
  /** Through the start gate, run id not known yet: the run may or may not exist. */
  g: { state: 'queued', reason: null },
  /** Its run id is stored. */
  r: { state: 'running', reason: null },
  s: { state: 'succeeded', reason: null },
  f: { state: 'failed', reason: null },
  c: { state: 'cancelled', reason: null },
  n: { state: 'skipped', reason: 'not_business_day' },
  x: { state: 'skipped', reason: 'excluded' },
  a: { state: 'skipped', reason: 'already_succeeded' },
  o: { state: 'skipped', reason: 'not_failed' },
  u: { state: 'skipped', reason: 'future' },
} as const satisfies Record<string, DateLetterMeaning>;

export type DateLetter = keyof typeof DATE_LETTERS;

const SKIP_LETTERS = {
  not_business_day: 'n',
  excluded: 'x',
  already_succeeded: 'a',
  not_failed: 'o',
  future: 'u',
} as const satisfies Record<SkipReason, DateLetter>;

export function skipLetter(reason: SkipReason): DateLetter {
  return SKIP_LETTERS[reason];
}

export function isDateLetter(text: string): text is DateLetter {
  return Object.hasOwn(DATE_LETTERS, text);
}

export type DateCounts = Record<DateState | 'total', number>;

/** Folds counts by letter (as Redis keeps them) into counts by state (as REST tells them). */
export function countByState(countsByLetter: Readonly<Record<string, number>>): DateCounts {
  const counts: DateCounts = {
    pending: 0,
    queued: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    total: 0,
  };
  for (const [letter, count] of Object.entries(countsByLetter)) {
    if (!isDateLetter(letter)) continue;
    counts[DATE_LETTERS[letter].state] += count;
    counts.total += count;
  }
  return counts;
}
