import { z } from 'zod';

/**
 * What is checked after the success of a run, as configured and as a backfill keeps it. Tables that are null
 * are those of the demo in our own schema; a name without catalog or schema has ours.
 */
export const QualitySettingsSchema = z.object({
  source_table: z.string().nullable(),
  destination_table: z.string().nullable(),
  date_column: z.string(),
  /** Whether the destination must have as many rows of the date as the source. */
  row_count: z.boolean(),
  /** Fewest rows of the date in the destination; null for any. */
  minimum_rows: z.number().nullable(),
  /**
   * Columns of the destination with their types; `unchanged` until planning has replaced it by those that the
   * destination then has; null for any.
   */
  columns: z.union([z.literal('unchanged'), z.record(z.string(), z.string())]).nullable(),
  /** Queries by name that must return no row. */
  rules: z.record(z.string(), z.string()),
});
export type QualitySettings = z.output<typeof QualitySettingsSchema>;

/** One check and what came of it. */
export const CheckResultSchema = z.object({
  /** `row_count`, `minimum_rows`, `columns`, or the name of a rule. */
  check: z.string(),
  /** Null: passed. Else `<CODE>: ` and the figures. */
  problem: z.string().nullable(),
});
export type CheckResult = z.output<typeof CheckResultSchema>;

/** Column `quality` of `backfill_log`: the rows of the date, and what was checked. */
export const QualityReportSchema = z.object({
  /** Rows in the destination before the run; null where nobody could count them in time. */
  rows_before: z.number().nullable(),
  rows_after: z.number().nullable(),
  /** Null where the source is not compared. */
  rows_source: z.number().nullable(),
  checks: z.array(CheckResultSchema),
});
export type QualityReport = z.output<typeof QualityReportSchema>;
