import type { QueryOptions, Warehouse } from '../databricks/warehouse.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import type { TableNames } from '../tables/table-names.ts';
import { readColumns } from './destination-columns.ts';
import { type CheckedDays, CheckNotRun, QualityCheck } from './quality-check.ts';
import type { QualitySettings } from './quality-settings.ts';
import { QualityTarget } from './quality-target.ts';

/**
 * Runs every check once before anything starts, on a day without data, so that a table or column that is
 * not there and a rule with bad SQL come to light; and notes the columns that shall stay unchanged.
 *
 * EXPLAIN would not do: it answers a statement that cannot be planned with the error as a row.
 *
 * @throws BackfillError `invalid_quality_rule` with the warehouse's own words; `warehouse_*`, `workspace_*`
 *   when it could not be asked.
 */
export async function prepareQuality(
  warehouse: Warehouse,
  names: TableNames,
  settings: QualitySettings,
  options: QueryOptions = {},
): Promise<QualitySettings> {
  const { columns } = settings;
  const rest = { ...settings, columns: columns === 'unchanged' ? {} : columns };
  try {
    await new QualityCheck(warehouse, names, rest).run(NO_DAY, null, options);
    if (columns !== 'unchanged') return settings;
    const { destination } = new QualityTarget(settings, names);
    return { ...settings, columns: await readColumns(warehouse, destination, options) };
  } catch (thrown) {
    throw thrown instanceof CheckNotRun ? invalid(thrown) : thrown;
  }
}

/** Long before any data; a scan of it reads nothing from a table that is laid out by date. */
const NO_DAY: CheckedDays = { positionDate: '1900-01-01', positionEndDate: '1900-01-01' };

/** Whether a statement was refused for what it says, and not for what the warehouse is going through. */
export function isRefusedStatement(error: unknown): error is BackfillError {
  return error instanceof BackfillError && ['statement_failed', 'tables_missing'].includes(error.code);
}

function invalid({ check, cause }: CheckNotRun): unknown {
  if (!isRefusedStatement(cause)) return cause;
  return new BackfillError(
    'invalid_quality_rule',
    `The quality check "${check}" of this job cannot be run: ${cause.message} Correct backfill.jobs.<key>.quality, and start again.`,
    { cause, details: { check, ...cause.details } },
  );
}
