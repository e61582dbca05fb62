import { addDays, type CalendarDate } from '../calendar/calendar-date.ts';
import type { SqlParameter } from '../databricks/warehouse.ts';
import { quoteIdentifier } from '../tables/identifier.ts';
import type { TableNames } from '../tables/table-names.ts';
import type { QualitySettings } from './quality-settings.ts';

/** The tables that a job's checks look at, quoted, and the condition that keeps them to the days of a run. */
export class QualityTarget {
  readonly source: string;
  readonly destination: string;
  readonly #dateColumn: string;

  constructor(settings: QualitySettings, names: TableNames) {
    this.source = settings.source_table === null ? names.sourceData : fullName(settings.source_table, names);
    this.destination =
      settings.destination_table === null
        ? names.destinationData
        : fullName(settings.destination_table, names);
    this.#dateColumn = quoteIdentifier('date_column', settings.date_column);
  }

  /** How many rows a table has of the days, as a subquery. It takes a column of dates or of timestamps. */
  countIn(table: string): string {
    return `(SELECT count(*) FROM ${table} WHERE ${this.#dateColumn} >= :position_date AND ${this.#dateColumn} < :day_after)`;
  }
}

/** The days of a run as the statements name them. */
export function dayParameters(days: {
  positionDate: string;
  positionEndDate: string;
}): Record<string, SqlParameter> {
  return {
    position_date: { date: days.positionDate },
    position_end_date: { date: days.positionEndDate },
    day_after: { date: addDays(days.positionEndDate as CalendarDate, 1) },
  };
}

function fullName(name: string, { catalog, schema }: TableNames): string {
  const parts = name.split('.').map((part) => part.replace(/^`(.*)`$/, '$1'));
  const all = [catalog, schema].slice(0, Math.max(0, 3 - parts.length)).concat(parts);
  return all.map((part) => quoteIdentifier('table', part)).join('.');
}
