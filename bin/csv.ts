import { stringify } from 'csv-stringify/sync';

export interface CsvOptions {
  /** Whether the first line names the columns; left out where rows follow others. */
  readonly header?: boolean;
}

/**
 * Rows as comma-separated values (RFC 4180): quoted where needed, empty for null. A text that a spreadsheet
 * would run as a formula gets an apostrophe before it.
 */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
  { header = true }: CsvOptions = {},
): string {
  return stringify([...rows], { columns: [...columns], header, escape_formulas: true }).replace(/\n$/, '');
}
