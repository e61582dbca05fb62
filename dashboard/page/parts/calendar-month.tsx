import { memo } from 'preact/compat';
import type { DateMark } from './date-mark.ts';

export interface CalendarMonthProps {
  /** `2024-06` */
  readonly month: string;
  /** One character a day: the place of its mark in `marks`, or `.` for a day that is not shown. */
  readonly days: string;
  readonly marks: readonly DateMark[];
  /** Day of the month that is picked, and the one that Tab reaches; 0 for none here. */
  readonly picked: number;
  readonly reachable: number;
}

const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Drawn again only when one of its days has changed: ten years of days are on screen at a time. */
export const CalendarMonth = memo(function CalendarMonth(props: CalendarMonthProps) {
  const { month, days, marks, picked, reachable } = props;
  const name = MONTH_NAMES[Number(month.slice(5)) - 1] ?? month;
  return (
    <div class="month">
      <div class="month-name" aria-hidden="true">
        {name}
      </div>
      <div class="days">
        {Array.from(days, (code, index) => {
          const mark = marks[Number(code)];
          const nr = index + 1;
          const date = `${month}-${String(nr).padStart(2, '0')}`;
          const column = index === 0 ? { gridColumnStart: weekdayOf(date) } : {};
          if (code === '.' || mark === undefined) return <i key={nr} style={column} />;
          return (
            <button
              key={nr}
              type="button"
              class={`day mark ${mark.name}`}
              style={column}
              data-date={date}
              data-day={nr}
              data-sign={mark.sign}
              tabIndex={nr === reachable ? 0 : -1}
              aria-label={`${date}, ${mark.label.toLowerCase()}`}
              aria-pressed={nr === picked}
            />
          );
        })}
      </div>
    </div>
  );
});

/** 1 for Monday to 7 for Sunday. */
function weekdayOf(date: string): number {
  return ((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
}
