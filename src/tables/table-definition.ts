import type { TablesConfig } from '../config/config.ts';
import { quoteIdentifier } from './identifier.ts';
import type { TableName, TableNames } from './table-names.ts';

export interface ColumnDefinition {
  readonly name: string;
  readonly type: 'STRING' | 'DATE' | 'TIMESTAMP' | 'INT' | 'BIGINT' | 'DOUBLE';
  readonly comment: string;
}

const SOURCE_COLUMNS: readonly ColumnDefinition[] = [
  { name: 'position_date', type: 'DATE', comment: 'Business date' },
  { name: 'id', type: 'BIGINT', comment: 'Record of the date, 0 to 9' },
  { name: 'value', type: 'DOUBLE', comment: 'Value, 0 to 100' },
  { name: 'category', type: 'STRING', comment: 'A, B or C' },
];

/** Columns of every table, in the order in which a new table gets them. */
export const TABLE_COLUMNS: Readonly<Record<TableName, readonly ColumnDefinition[]>> = {
  calendar: [
    { name: 'calendar_date', type: 'DATE', comment: 'The date' },
    { name: 'calendar_year', type: 'INT', comment: 'Year' },
    { name: 'quarter_of_the_year', type: 'INT', comment: 'Quarter, 1 to 4' },
    { name: 'month_of_the_year', type: 'INT', comment: 'Month, 1 to 12' },
    { name: 'week_of_the_month', type: 'INT', comment: 'Days 1 to 7 are week 1, 8 to 14 week 2, up to 5' },
    {
      name: 'us_business_or_holiday_flag',
      type: 'STRING',
      comment: 'B business day, H weekend or US holiday',
    },
    { name: 'global_business_or_holiday_flag', type: 'STRING', comment: 'Equal to the US flag' },
  ],
  source_data: SOURCE_COLUMNS,
  destination_data: SOURCE_COLUMNS,
  backfill_log: [
    { name: 'run_id', type: 'STRING', comment: 'Attempt: <backfill_id>_<date>_<attempt>' },
    { name: 'position_date', type: 'DATE', comment: 'Date being processed' },
    { name: 'job_name', type: 'STRING', comment: 'Name of the processing job' },
    { name: 'job_id', type: 'STRING', comment: 'Databricks job' },
    { name: 'status', type: 'STRING', comment: 'STARTED, SUCCESS, FAILED, SKIPPED or CANCELLED' },
    { name: 'start_time', type: 'TIMESTAMP', comment: 'Start of processing' },
    { name: 'end_time', type: 'TIMESTAMP', comment: 'End of processing' },
    { name: 'backfill_job_id', type: 'STRING', comment: 'Databricks run' },
    { name: 'error_message', type: 'STRING', comment: 'Class, code and message of a failure' },
    { name: 'creator_user_name', type: 'STRING', comment: 'Who asked for the backfill' },
    { name: 'run_page_url', type: 'STRING', comment: 'Page of the run at Databricks' },
    { name: 'retry_metadata', type: 'STRING', comment: 'JSON link from a retry to the first failure' },
    { name: 'backfill_id', type: 'STRING', comment: 'Backfill of the attempt' },
    { name: 'attempt', type: 'INT', comment: 'Attempt of the date, from 1; 0 for a skipped date' },
    {
      name: 'position_end_date',
      type: 'DATE',
      comment: 'Last day of the window that starts at position_date',
    },
    { name: 'quality', type: 'STRING', comment: 'JSON: rows before and after, and what checks found' },
  ],
  backfills: [
    { name: 'backfill_id', type: 'STRING', comment: 'UUIDv7' },
    { name: 'job_name', type: 'STRING', comment: 'Name of the target job' },
    { name: 'job_id', type: 'STRING', comment: 'Databricks job' },
    { name: 'request', type: 'STRING', comment: 'JSON: what was asked and the resolved plan' },
    { name: 'created_by', type: 'STRING', comment: 'Who asked' },
    { name: 'created_at', type: 'TIMESTAMP', comment: 'When it was asked' },
    { name: 'state', type: 'STRING', comment: 'State of the backfill' },
    { name: 'finished_at', type: 'TIMESTAMP', comment: 'When the last date became terminal' },
  ],
};

const TABLE_COMMENTS: Readonly<Record<TableName, string>> = {
  calendar: 'Business days and holidays',
  source_data: 'Historical data to be processed',
  destination_data: 'Processed data, replaced one date at a time',
  backfill_log: 'One row per attempt, and one per date skipped as no business day',
  backfills: 'One row per backfill',
};

/** `CREATE TABLE IF NOT EXISTS` for one table; without effect on a table that exists. */
export function createTableStatement(
  names: TableNames,
  table: TableName,
  layout: TablesConfig['layout'],
): string {
  const columns = TABLE_COLUMNS[table].map((column) => `  ${columnClause(column)}`);
  const clauses = [
    `CREATE TABLE IF NOT EXISTS ${names.of(table)} (\n${columns.join(',\n')}\n)`,
    ...layoutClause(table, layout),
    `COMMENT '${TABLE_COMMENTS[table]}'`,
  ];
  return clauses.join('\n');
}

/** Name, type and comment of a column as DDL takes them. */
export function columnClause(column: ColumnDefinition): string {
  return `${quoteIdentifier('column', column.name)} ${column.type} COMMENT '${column.comment}'`;
}

function layoutClause(table: TableName, layout: TablesConfig['layout']): string[] {
  switch (table) {
    case 'destination_data':
      return [layout === 'partition' ? 'PARTITIONED BY (position_date)' : 'CLUSTER BY (position_date)'];
    case 'backfill_log':
      return ['CLUSTER BY (position_date, run_id)'];
    case 'calendar':
    case 'source_data':
    case 'backfills':
      return [];
  }
}
