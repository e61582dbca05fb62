import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

export interface DestinationCheck {
  readonly destinationRows: number;
  /** Rows of the source on those dates that the destination should have. */
  readonly sourceRows: number;
  /** Rows that only one of the two has, copies counted; 0 when they are equal. */
  readonly differing: number;
}

const CheckSchema = z.object({
  destination_rows: CountSchema,
  source_rows: CountSchema,
  differing: CountSchema,
});

/** Compares source and destination row by row over a range of dates, both ends included. */
export async function checkDestination(
  warehouse: Warehouse,
  names: TableNames,
  range: { startDate: string; endDate: string },
): Promise<DestinationCheck> {
  const rowsOf = (table: string): string =>
    `SELECT position_date, id, value, category FROM ${table} WHERE position_date BETWEEN CAST(:start_date AS DATE) AND CAST(:end_date AS DATE)`;
  const source = rowsOf(names.sourceData);
  const destination = rowsOf(names.destinationData);
  const sql = `
SELECT
  (SELECT count(*) FROM (${destination}) AS d) AS destination_rows,
  (SELECT count(*) FROM (${source}) AS s) AS source_rows,
  (SELECT count(*) FROM (${source} EXCEPT ALL ${destination}) AS only_source)
    + (SELECT count(*) FROM (${destination} EXCEPT ALL ${source}) AS only_destination) AS differing`.trim();
  const [counts] = await queryRows(warehouse, CheckSchema, sql, {
    start_date: range.startDate,
    end_date: range.endDate,
  });
  return {
    destinationRows: counts?.destination_rows ?? 0,
    sourceRows: counts?.source_rows ?? 0,
    differing: counts?.differing ?? 0,
  };
}
