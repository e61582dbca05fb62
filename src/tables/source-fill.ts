import { z } from 'zod';
import type { Warehouse } from '../databricks/warehouse.ts';
import { CountSchema, queryRows } from './query-rows.ts';
import type { TableNames } from './table-names.ts';

/** First and last date of the demonstration's source data. */
const FIRST_DATE = '2024-01-01';
const LAST_DATE = '2025-11-20';

/**
 * Fills an empty `source_data` with ten rows per business day of the calendar table. One that has rows is
 * left as it is: they may be somebody's own.
 *
 * @returns how many rows the table has then, and whether they were made now.
 */
export async function fillSourceData(
  warehouse: Warehouse,
  names: TableNames,
): Promise<{ rows: number; filled: boolean }> {
  const before = await rowCount(warehouse, names);
  if (before > 0) return { rows: before, filled: false };
  await warehouse.execute(
    mergeStatement(names),
    { first_date: FIRST_DATE, last_date: LAST_DATE },
    { idempotent: true },
  );
  return { rows: await rowCount(warehouse, names), filled: true };
}

async function rowCount(warehouse: Warehouse, names: TableNames): Promise<number> {
  const [count] = await queryRows(
    warehouse,
    z.object({ row_count: CountSchema }),
    `SELECT count(*) AS row_count FROM ${names.sourceData}`,
  );
  return count?.row_count ?? 0;
}

/**
 * A MERGE, so that sending it again after a lost answer adds nothing.
 * The values come from steps of the Lehmer generator (x * 48271 mod 2^31 - 1) seeded with date and id:
 * plain BIGINT arithmetic, so every engine and every run gives the same ones, which `hash()` would not.
 */
function mergeStatement(names: TableNames): string {
  return `
MERGE INTO ${names.sourceData} AS target
USING (
  SELECT position_date, id, CAST(mixed_twice % 10001 AS DOUBLE) / 100 AS value,
    CASE mixed_thrice % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' ELSE 'C' END AS category
  FROM (
    SELECT position_date, id, mixed_twice, (mixed_twice * 48271) % 2147483647 AS mixed_thrice
    FROM (
      SELECT position_date, id, (mixed_once * 48271) % 2147483647 AS mixed_twice
      FROM (
        SELECT position_date, id, (seed * 48271) % 2147483647 AS mixed_once
        FROM (
          SELECT c.calendar_date AS position_date, i.id AS id,
            CAST(year(c.calendar_date) * 10000 + month(c.calendar_date) * 100 + day(c.calendar_date) AS BIGINT) * 10
              + i.id AS seed
          FROM ${names.calendar} AS c
          CROSS JOIN (SELECT CAST(n AS BIGINT) AS id FROM (SELECT explode(sequence(0, 9)) AS n)) AS i
          WHERE c.us_business_or_holiday_flag = 'B'
            AND c.calendar_date BETWEEN CAST(:first_date AS DATE) AND CAST(:last_date AS DATE)
        )
      )
    )
  )
) AS source
ON target.position_date = source.position_date AND target.id = source.id
WHEN NOT MATCHED THEN INSERT (position_date, id, value, category)
VALUES (source.position_date, source.id, source.value, source.category)`.trim();
}
