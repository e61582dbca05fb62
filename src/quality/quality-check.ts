import { z } from 'zod';
import type { QueryOptions, SqlParameter, Warehouse } from '../databricks/warehouse.ts';
import { toBackfillError } from '../errors/backfill-error.ts';
import { CountSchema, queryRows } from '../tables/query-rows.ts';
import type { TableNames } from '../tables/table-names.ts';
import { differenceOfColumns, readColumns } from './destination-columns.ts';
import type { CheckResult, QualityReport, QualitySettings } from './quality-settings.ts';
import { dayParameters, QualityTarget } from './quality-target.ts';
import { withoutEnd } from './read-statement.ts';

/** The days of a run, both ends included, `YYYY-MM-DD`. */
export interface CheckedDays {
  readonly positionDate: string;
  readonly positionEndDate: string;
}

/** A statement of a check did not run; `cause` is the BackfillError, which tells whether it may another time. */
export class CheckNotRun extends Error {
  readonly check: string;

  constructor(check: string, thrown: unknown) {
    const cause = toBackfillError(thrown);
    super(`${check} could not be run: ${cause.message}`, { cause });
    this.name = 'CheckNotRun';
    this.check = check;
  }
}

const BeforeSchema = z.object({ rows_before: CountSchema });
const AfterSchema = z.object({ rows_after: CountSchema, rows_source: CountSchema.nullable() });
const RuleSchema = z.object({ broken_rows: CountSchema });

/** Runs a job's checks on the warehouse, for the days of one run. */
export class QualityCheck {
  readonly #warehouse: Warehouse;
  readonly #settings: QualitySettings;
  readonly #target: QualityTarget;

  constructor(warehouse: Warehouse, names: TableNames, settings: QualitySettings) {
    this.#warehouse = warehouse;
    this.#settings = settings;
    this.#target = new QualityTarget(settings, names);
  }

  /** Rows of the days in the destination. @throws BackfillError as {@link Warehouse.query} */
  async countRows(days: CheckedDays, options: QueryOptions = {}): Promise<number> {
    const sql = `SELECT ${this.#target.countIn(this.#target.destination)} AS rows_before`;
    const [row] = await this.#rows(BeforeSchema, sql, days, options);
    return row?.rows_before ?? 0;
  }

  /** Runs every check; each gives its figures, whatever came of the others. @throws CheckNotRun */
  async run(days: CheckedDays, rowsBefore: number | null, options: QueryOptions): Promise<QualityReport> {
    const { row_count, minimum_rows, columns, rules } = this.#settings;
    const { source, destination } = this.#target;
    const counted = row_count ? this.#target.countIn(source) : 'CAST(NULL AS BIGINT)';
    const sql = `SELECT ${this.#target.countIn(destination)} AS rows_after, ${counted} AS rows_source`;
    const [counts] = await named('row_count', () => this.#rows(AfterSchema, sql, days, options));
    const { rows_after = 0, rows_source = null } = counts ?? {};
    const checks: CheckResult[] = [];
    if (row_count) checks.push({ check: 'row_count', problem: unequal(rows_after, rows_source ?? 0) });
    if (minimum_rows !== null) {
      checks.push({ check: 'minimum_rows', problem: tooFew(rows_after, minimum_rows) });
    }
    if (columns !== null) checks.push(await this.#columns(columns, options));
    for (const [name, rule] of Object.entries(rules))
      checks.push(await this.#rule(name, rule, days, options));
    return { rows_before: rowsBefore, rows_after, rows_source, checks };
  }

  async #columns(
    expected: NonNullable<QualitySettings['columns']>,
    options: QueryOptions,
  ): Promise<CheckResult> {
    // Only a backfill that was restored before it had been planned to the end does not know what they were.
    if (expected === 'unchanged') return { check: 'columns', problem: null };
    const { destination } = this.#target;
    const found = await named('columns', () => readColumns(this.#warehouse, destination, options));
    const difference = differenceOfColumns(expected, found);
    return { check: 'columns', problem: difference && `COLUMNS: of ${plain(destination)}, ${difference}` };
  }

  async #rule(name: string, rule: string, days: CheckedDays, options: QueryOptions): Promise<CheckResult> {
    const [row] = await named(name, () => this.#rows(RuleSchema, countOf(rule), days, options));
    const broken = row?.broken_rows ?? 0;
    return { check: name, problem: broken === 0 ? null : `RULE: ${name} returned ${rowsText(broken)}` };
  }

  #rows<Row extends z.ZodType>(row: Row, sql: string, days: CheckedDays, options: QueryOptions) {
    return queryRows(this.#warehouse, row, sql, boundTo(sql, dayParameters(days)), options);
  }
}

/**
 * A rule as the part of a statement where nothing but a query may stand. It ends on a line of its own, so that
 * a comment at its end comments nothing else out.
 */
export function countOf(rule: string): string {
  return `SELECT count(*) AS broken_rows FROM (\n${withoutEnd(rule)}\n) AS broken`;
}

/** The parameters that a statement names. */
function boundTo(sql: string, parameters: Record<string, SqlParameter>): Record<string, SqlParameter> {
  return Object.fromEntries(
    Object.entries(parameters).filter(([name]) => new RegExp(`:${name}\\b`).test(sql)),
  );
}

async function named<T>(check: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new CheckNotRun(check, thrown);
  }
}

function unequal(rowsAfter: number, rowsSource: number): string | null {
  if (rowsAfter === rowsSource) return null;
  return `ROW_COUNT: the destination has ${rowsText(rowsAfter)}, the source ${rowsText(rowsSource)}`;
}

function tooFew(rowsAfter: number, minimum: number): string | null {
  if (rowsAfter >= minimum) return null;
  return `MINIMUM_ROWS: the destination has ${rowsText(rowsAfter)}, at least ${minimum} are asked for`;
}

function rowsText(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

function plain(table: string): string {
  return table.replaceAll('`', '');
}
