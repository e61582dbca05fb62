import { join } from 'node:path';
import type { Run } from '../../src/databricks/run.ts';
import { applyJobs } from '../../src/jobs/apply-jobs.ts';
import { checkDestination } from '../../src/tables/destination-check.ts';
import { setUpTables } from '../../src/tables/setup.ts';
import type { TableNames } from '../../src/tables/table-names.ts';
import { eventually } from '../harness/eventually.ts';
import { type ConnectedWorkspace, connectWorkspace, freshNames } from '../tables/connected-workspace.ts';
import { jobConfig, tableParameters } from './job-config.ts';

const notebooksDir = join(import.meta.dirname, '../../notebooks');

describe('The notebook 02_process_data', () => {
  let workspace: ConnectedWorkspace;
  let names: TableNames;
  let jobId: string;

  beforeAll(async () => {
    workspace = await connectWorkspace();
    const { client, warehouse } = workspace;
    names = freshNames();
    const calendar = { from: '2024-01-01', to: '2024-12-31' };
    await setUpTables({ warehouse, names, calendar, layout: 'partition' });
    const definition = jobConfig('02_process_data', {}, { parameters: tableParameters(names) });
    const [applied] = await applyJobs({ client, definitions: [definition], notebooksDir });
    jobId = applied?.jobId ?? '';
  });
  afterAll(() => workspace.close());

  let runs = 0;
  async function run(positionDate: string): Promise<Run> {
    runs += 1;
    const jobParameters = { position_date: positionDate };
    const { runId } = await workspace.client.jobs.runNow({
      jobId,
      jobParameters,
      idempotencyToken: `run-${runs}`,
    });
    return eventually(
      () => workspace.client.jobs.getRun(runId),
      ({ outcome }) => outcome !== null,
    );
  }

  it('replaces exactly its date, and running it again changes nothing', async () => {
    const { warehouse } = workspace;
    const monday = { startDate: '2024-06-03', endDate: '2024-06-03' };
    await warehouse.execute(
      `INSERT INTO ${names.destinationData} VALUES (DATE'2024-06-03', 99, 1.5, 'Z'), (DATE'2024-06-04', 99, 1.5, 'Z')`,
    );
    for (let nth = 1; nth <= 2; nth++) {
      await run('2024-06-03');
      expect(await checkDestination(warehouse, names, monday)).toEqual({
        destinationRows: 10,
        sourceRows: 10,
        differing: 0,
      });
    }
    expect(
      await warehouse.query(
        `SELECT CAST(id AS INT) AS id, category FROM ${names.destinationData} WHERE position_date = DATE'2024-06-04'`,
      ),
    ).toEqual([{ id: 99, category: 'Z' }]);
  });

  it('fails with a clear message for a date without source rows, and deletes nothing', async () => {
    const { client, warehouse } = workspace;
    await warehouse.execute(`INSERT INTO ${names.destinationData} VALUES (DATE'2024-06-08', 1, 1.5, 'A')`);
    const failed = await run('2024-06-08');
    const output = await client.jobs.getRunOutput(failed.tasks[0]?.runId ?? '');
    expect(output.error).toContain('has no row for position_date 2024-06-08');
    expect(
      await checkDestination(warehouse, names, { startDate: '2024-06-08', endDate: '2024-06-08' }),
    ).toMatchObject({ destinationRows: 1, sourceRows: 0 });
  });

  it.each(['2024-02-30', "2024-06-05' OR '1'='1", '2024-06-05 to 2024-06-07', '2024-6-5', ''])(
    'fails for a position_date that is no date, and says so: %j',
    async (date) => {
      const failed = await run(date);
      const output = await workspace.client.jobs.getRunOutput(failed.tasks[0]?.runId ?? '');
      expect(output.error).toContain(`position_date must be one date YYYY-MM-DD, but is "${date}".`);
      expect(failed.outcome).toMatchObject({ kind: 'failed', class: 'user_code' });
    },
  );

  it('reports the rows before and after', async () => {
    const done = await run('2024-06-06');
    expect(done.outcome).toMatchObject({ kind: 'succeeded' });
    const output = await workspace.client.jobs.getRunOutput(done.tasks[0]?.runId ?? '');
    expect(JSON.parse(output.result ?? '')).toEqual([
      { position_date: '2024-06-06', rows_before: 0, rows_after: 10 },
    ]);
  });
});
