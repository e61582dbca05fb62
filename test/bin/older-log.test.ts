import { randomUUID } from 'node:crypto';
import { refuseOlderLog } from '../../src/tables/migration.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import { TableNames } from '../../src/tables/table-names.ts';
import { RunningCommand, runCommand } from '../harness/command.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await startWorkspace();
});
afterAll(() => workspace?.stop());

/** The log table as the notebooks made it, with one row of theirs. */
async function oldLog(): Promise<string> {
  const schema = `old_${randomUUID().replaceAll('-', '')}`;
  const { warehouse } = workspace;
  await warehouse.execute(`CREATE SCHEMA demos.${schema}`);
  await warehouse.execute(
    `CREATE TABLE demos.${schema}.backfill_log (run_id STRING, position_date DATE, job_name STRING, job_id STRING, status STRING, start_time TIMESTAMP, end_time TIMESTAMP, backfill_job_id STRING, error_message STRING, creator_user_name STRING, run_page_url STRING)`,
  );
  await warehouse.execute(
    `INSERT INTO demos.${schema}.backfill_log VALUES ('old-1', DATE'2024-06-03', '02_process_data', '7', 'FAILED', current_timestamp(), current_timestamp(), '8', 'boom', 'ada', NULL)`,
  );
  return schema;
}

test('a worker is refused until setup has brought a log of the notebooks up to date, rows kept', async () => {
  const schema = await oldLog();
  const env = { ...workspace.env, BACKFILL_SCHEMA: schema };
  const refused = await runCommand(['worker'], { env });
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toMatch(
    /lack backfill_log\.retry_metadata.*Stop the workers and run `backfill setup`/,
  );

  const { warehouse, config } = workspace;
  const names = TableNames.from({ ...config.tables, schema });
  await setUpTables({ warehouse, names, calendar: config.tables.calendar, layout: 'partition' });
  await expect(refuseOlderLog(warehouse, names)).resolves.toBeUndefined();
  const rows = await warehouse.query(
    `SELECT run_id, error_message, retry_metadata FROM demos.${schema}.backfill_log`,
  );
  expect(rows).toEqual([{ run_id: 'old-1', error_message: 'boom', retry_metadata: null }]);
});

test('a warehouse that sleeps does not keep a worker from starting', async () => {
  const { local } = workspace.emulator;
  await local.fault({ match: { method: 'POST', path: '/sql/1.0/warehouses/*' }, hold: true, times: 100 });
  const worker = new RunningCommand(['worker'], { env: workspace.env });
  try {
    await worker.untilSaid('"Ready"');
  } finally {
    await local.clearFaults();
    await local.release();
    expect((await worker.stop()).exitCode).toBe(0);
  }
});
