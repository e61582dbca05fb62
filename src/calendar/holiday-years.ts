import { type CalendarDate, yearOf } from './calendar-date.ts';

/** Holidays by date, with their names. */
export type HolidayNames = ReadonlyMap<CalendarDate, string>;

// The rules of date-holidays hold for our age; far outside it some never end (the Chinese ones in year 1).
const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;

const NONE: HolidayNames = new Map();

/**
 * Holidays computed a year at a time and kept. A year's computation may name days of the neighbouring
 * years (New Year's Day observed on 31 December, a feast that lasts over the turn of the year).
 * No holidays are known before 1900 and after 2199.
 */
export class HolidayYears {
  readonly #holidaysFrom: (year: number) => HolidayNames;
  readonly #computed = new Map<number, HolidayNames>();
  readonly #complete = new Map<number, HolidayNames>();

  /** @param holidaysFrom the holidays that the rules give for a year, wherever the days come to lie. */
  constructor(holidaysFrom: (year: number) => HolidayNames) {
    this.#holidaysFrom = holidaysFrom;
  }

  nameOf(date: CalendarDate): string | null {
    return this.#ofYear(yearOf(date)).get(date) ?? null;
  }

  #ofYear(year: number): HolidayNames {
    const known = this.#complete.get(year);
    if (known !== undefined) return known;
    const complete = new Map([
      ...this.#compute(year - 1),
      ...this.#compute(year + 1),
      ...this.#compute(year),
    ]);
    this.#complete.set(year, complete);
    return complete;
  }

  #compute(year: number): HolidayNames {
    if (year < FIRST_YEAR || year > LAST_YEAR) return NONE;
    const known = this.#computed.get(year);
    if (known !== undefined) return known;
    const computed = this.#holidaysFrom(year);
    this.#computed.set(year, computed);
    return computed;
  }
}
