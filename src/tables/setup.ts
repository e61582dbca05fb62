import type { TablesConfig } from '../config/config.ts';
import type { Warehouse } from '../databricks/warehouse.ts';
import { fillCalendar } from './calendar-fill.ts';
import { migrateBackfillLog } from './migration.ts';
import { createSchema } from './schema-creation.ts';
import { fillSourceData } from './source-fill.ts';
import { readTableColumns } from './table-columns.ts';
import { createTableStatement } from './table-definition.ts';
import { TABLE_NAMES, type TableNames } from './table-names.ts';

/** One thing that setup looked at, for a line on the terminal. */
export interface SetupStep {
  /** `catalog`, `schema` or the plain name of a table. */
  readonly subject: string;
  readonly outcome: 'existed' | 'created' | 'migrated' | 'filled' | 'kept';
  /** What a person wants to know: the full name, the columns added, the rows there. */
  readonly detail: string;
}

export interface SetupOptions {
  readonly warehouse: Warehouse;
  readonly names: TableNames;
  /** Range that the calendar table covers afterwards. */
  readonly calendar: TablesConfig['calendar'];
  readonly layout: TablesConfig['layout'];
  /** Whether `source_data` is made, and filled where it is empty; true by default. */
  readonly demoData?: boolean;
  /** Called after each step. */
  readonly onStep?: (step: SetupStep) => void;
}

/**
 * Makes everything in the catalog that a backfill needs: the schema, the five tables, the columns that an
 * older `backfill_log` lacks, the calendar and the source data. Running it again changes nothing that is right;
 * rows of a `source_data` that was there are never touched.
 *
 * @throws BackfillError `statement_failed` where a privilege is missing, `warehouse_unavailable`,
 *   `configuration_invalid`.
 */
export async function setUpTables(options: SetupOptions): Promise<SetupStep[]> {
  const { warehouse, names, calendar, layout, demoData = true } = options;
  const steps: SetupStep[] = [];
  const report = (subject: string, outcome: SetupStep['outcome'], detail: string): void => {
    const step = { subject, outcome, detail };
    steps.push(step);
    options.onStep?.(step);
  };

  const created = await createSchema(warehouse, names);
  report('catalog', created.catalog, names.catalog);
  report('schema', created.schema, `${names.catalog}.${names.schema}`);

  const present = await readTableColumns(warehouse, names);
  for (const table of TABLE_NAMES) {
    if (table === 'source_data' && !demoData) continue;
    const fullName = `${names.catalog}.${names.schema}.${table}`;
    if (present.has(table)) report(table, 'existed', fullName);
    else {
      await warehouse.execute(createTableStatement(names, table, layout), {}, { idempotent: true });
      report(table, 'created', fullName);
    }
  }

  const added = await migrateBackfillLog(warehouse, names);
  if (added.length > 0) report('backfill_log', 'migrated', `added ${added.join(', ')}`);

  const days = await fillCalendar(warehouse, names, calendar);
  report('calendar', 'filled', `${days} dates from ${calendar.from} to ${calendar.to}`);
  if (demoData) {
    const { rows, filled } = await fillSourceData(warehouse, names);
    report('source_data', filled ? 'filled' : 'kept', filled ? `${rows} rows` : `${rows} rows as they were`);
  }
  return steps;
}
