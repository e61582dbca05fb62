import type { Warehouse } from '../src/databricks/warehouse.ts';
import { daysOf } from './date-range.ts';

const LOG = 'demos.backfill_demo.mission_log';
const CREATE = `CREATE TABLE IF NOT EXISTS ${LOG} (run_id STRING, position_date DATE, status STRING, at TIMESTAMP)`;
const IS_BUSINESS_DAY =
  'SELECT COUNT(1) AS days FROM demos.backfill_demo.calendar WHERE calendar_date = CAST(:date AS DATE)';
const INSERT = `INSERT INTO ${LOG} VALUES (:run, CAST(:date AS DATE), :status, current_timestamp())`;

/**
 * What the mission's orchestrator sends to the warehouse for a date whatever the run does: it asks the calendar,
 * logs STARTED and logs SUCCESS, a statement each. In a table of its own.
 */
export async function missionLog(warehouse: Warehouse, dates: number): Promise<void> {
  await warehouse.query(CREATE);
  for (const date of daysOf(dates)) {
    await warehouse.query(IS_BUSINESS_DAY, { date });
    await warehouse.query(INSERT, { run: date, date, status: 'STARTED' });
    await warehouse.query(INSERT, { run: date, date, status: 'SUCCESS' });
  }
}
