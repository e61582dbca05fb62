import { useMemo, useRef, useState } from 'preact/hooks';
import { CalendarMonth } from './calendar-month.tsx';
import { dateBeside } from './calendar-steps.ts';
import type { DateMark } from './date-mark.ts';

export interface MarkedDate {
  readonly date: string;
  /** Name of one of the marks. */
  readonly mark: string;
}

export interface DateCalendarProps {
  readonly label: string;
  readonly dates: readonly MarkedDate[];
  readonly marks: readonly DateMark[];
  /** Only dates with this mark stand out, if one is given. */
  readonly only?: string | null;
  readonly picked?: string | null;
  readonly onPick?: (date: string) => void;
}

/** From so many months on, a year takes one row and a day is a small square. */
const DENSE_MONTHS = 15;
/** Up to so many, there is room for large squares. */
const FEW_MONTHS = 4;

/**
 * Dates as a calendar, a mark for each. One stop for Tab; arrows go from day to day, Page Up and Page Down
 * from month to month, Enter picks.
 */
export function DateCalendar({ label, dates, marks, only, picked, onPick }: DateCalendarProps) {
  const root = useRef<HTMLFieldSetElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const years = useMemo(() => yearsOf(dates, marks), [dates, marks]);
  const months = [...years.values()].flatMap((year) => [...year.keys()]);
  const reachable = focused ?? picked ?? dates[0]?.date ?? null;
  const size = months.length >= DENSE_MONTHS ? 'dense' : months.length > FEW_MONTHS ? 'roomy many' : 'roomy';

  const move = (event: KeyboardEvent) => {
    const from = dateOf(event.target);
    const to = from === null ? null : dateBeside(from, event.key, dates);
    if (to === null) return;
    event.preventDefault();
    root.current?.querySelector<HTMLElement>(`[data-date="${to}"]`)?.focus();
  };

  return (
    <fieldset
      ref={root}
      class={`calendar ${size} ${onPick ? 'pickable' : ''} ${only ? `only-${only}` : ''}`}
      aria-label={label}
      onKeyDown={move}
      onFocusCapture={(event) => setFocused(dateOf(event.target))}
      onClick={(event) => {
        const date = dateOf(event.target);
        if (date !== null) onPick?.(date);
      }}
    >
      {[...years].map(([year, ofYear]) => (
        <section key={year} class="year">
          <h3>{year}</h3>
          <div class="months">
            {[...ofYear].map(([month, days]) => (
              <CalendarMonth
                key={month}
                month={month}
                days={days}
                marks={marks}
                picked={dayIn(month, picked)}
                reachable={dayIn(month, reachable)}
              />
            ))}
          </div>
        </section>
      ))}
    </fieldset>
  );
}

/** Year -> month -> one character a day. */
function yearsOf(
  dates: readonly MarkedDate[],
  marks: readonly DateMark[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const codes = new Map(marks.map(({ name }, index) => [name, String(index)]));
  const months = new Map<string, string[]>();
  for (const { date, mark } of dates) {
    const month = date.slice(0, 7);
    let days = months.get(month);
    if (days === undefined) {
      days = Array<string>(daysInMonth(month)).fill('.');
      months.set(month, days);
    }
    days[Number(date.slice(8)) - 1] = codes.get(mark) ?? '.';
  }
  const years = new Map<string, Map<string, string>>();
  for (const month of [...months.keys()].sort()) {
    const year = month.slice(0, 4);
    const ofYear = years.get(year) ?? new Map<string, string>();
    years.set(year, ofYear.set(month, months.get(month)?.join('') ?? ''));
  }
  return years;
}

function daysInMonth(month: string): number {
  return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
}

function dayIn(month: string, date: string | null | undefined): number {
  return date?.startsWith(month) ? Number(date.slice(8)) : 0;
}

function dateOf(target: EventTarget | null): string | null {
  return target instanceof Element
    ? (target.closest<HTMLElement>('[data-date]')?.dataset.date ?? null)
    : null;
}
