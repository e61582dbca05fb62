import { readFile } from 'node:fs/promises';
import { Secret } from '../../src/config/secret.ts';
import { Warehouse } from '../../src/databricks/warehouse.ts';
import { WorkspaceClient, type WorkspaceClientOptions } from '../../src/databricks/workspace-client.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';

const TOKEN = 'the-only-token';
const NOTEBOOK = '/Shared/answer';

let emulator: EmulatorProcess;
let caCert: string;
let client: WorkspaceClient;
let warehouse: Warehouse;

beforeAll(async () => {
  emulator = await startEmulator({ token: TOKEN });
  caCert = await readFile(emulator.caFile, 'utf8');
  client = connect();
  warehouse = new Warehouse({ client, warehouseId: emulator.warehouseId, caCert });
  await emulator.local.config({ run_duration_ms: { min: 20, max: 40 }, start_delay_ms: 0 });
});

afterEach(async () => {
  await emulator.local.clearFaults();
});

afterAll(async () => {
  await warehouse?.close();
  await client?.close();
  await emulator?.stop();
});

function connect(options: Partial<WorkspaceClientOptions> = {}): WorkspaceClient {
  const auth = { kind: 'pat' as const, token: new Secret(TOKEN) };
  return new WorkspaceClient({ host: emulator.url, auth, caCert, ...options });
}

async function createJob(name: string, source: string, settings: object = {}): Promise<string> {
  await client.files.mkdirs('/Shared');
  await client.files.importNotebook({ path: NOTEBOOK, language: 'SQL', source });
  const notebook_task = { notebook_path: NOTEBOOK, warehouse_id: emulator.warehouseId };
  const { jobId } = await client.jobs.create({
    name,
    queue: { enabled: true },
    max_concurrent_runs: 2,
    parameters: [{ name: 'position_date', default: '' }],
    tasks: [{ task_key: 'main', notebook_task }],
    ...settings,
  });
  return jobId;
}

async function endOf(runId: string) {
  for (;;) {
    const run = await client.jobs.getRun(runId);
    if (run.phase === 'terminated') return run;
  }
}

test('a job is created, found by name, changed and deleted', async () => {
  const jobId = await createJob('kept', 'SELECT 1');
  expect((await client.jobs.list({ name: 'kept' })).map((job) => job.jobId)).toEqual([jobId]);
  await client.jobs.update(jobId, { max_concurrent_runs: 7 });
  const job = await client.jobs.get(jobId);
  expect(job.settings).toMatchObject({ maxConcurrentRuns: 7, queueEnabled: true });
  expect(BigInt(jobId)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
  await client.jobs.delete(jobId);
  await expect(client.jobs.get(jobId)).rejects.toMatchObject({ code: 'workspace_not_found' });
});

test('a run succeeds, and its token leads back to it', async () => {
  const jobId = await createJob('good', 'SELECT 1');
  const start = { jobId, jobParameters: { position_date: '2024-06-03' }, idempotencyToken: 'good-1' };
  const { runId } = await client.jobs.runNow(start);
  const run = await endOf(runId);
  expect(run).toMatchObject({
    jobId,
    parameters: { position_date: '2024-06-03' },
    outcome: { kind: 'succeeded', warning: null },
  });
  expect(await client.jobs.runNow(start)).toEqual({ runId });
  const page = await client.jobs.listRuns({ jobId, completedOnly: true });
  expect(page.runs.map((each) => each.runId)).toEqual([runId]);
});

test('a start whose answer is lost makes one run', async () => {
  const jobId = await createJob('lost', 'SELECT 1');
  await emulator.local.fault({ match: { method: 'POST', path: '/api/*/jobs/run-now' }, reset: 'after' });
  const { runId } = await client.jobs.runNow({ jobId, idempotencyToken: 'lost-1' });
  await endOf(runId);
  const created = (await emulator.local.ledger()).run_now.filter(
    (entry) => entry.job_id === jobId && entry.created,
  );
  expect(created.map((entry) => entry.run_id)).toEqual([runId]);
});

test('a run whose notebook fails is user code, with the reason in the output of its task', async () => {
  const jobId = await createJob('bad', "SELECT raise_error('no rows for this date')");
  const { runId } = await client.jobs.runNow({ jobId, idempotencyToken: 'bad-1' });
  const run = await endOf(runId);
  expect(run.outcome).toMatchObject({ kind: 'failed', class: 'user_code' });
  const output = await client.jobs.getRunOutput(run.tasks[0]?.runId ?? '');
  expect(output.error).toContain('no rows for this date');
});

test('a cancelled run was stopped by a person', async () => {
  const jobId = await createJob('stopped', 'SELECT 1');
  await emulator.local.config({ run_duration_ms: { min: 20_000, max: 20_000 } });
  const { runId } = await client.jobs.runNow({ jobId, idempotencyToken: 'stopped-1' });
  await client.jobs.cancelRun(runId);
  expect((await endOf(runId)).outcome).toMatchObject({ kind: 'cancelled', code: 'USER_CANCELED' });
  await emulator.local.config({ run_duration_ms: { min: 20, max: 40 } });
});

test('a run that finds the job full is refused', async () => {
  const jobId = await createJob('full', 'SELECT 1', { max_concurrent_runs: 0, queue: { enabled: false } });
  const { runId } = await client.jobs.runNow({ jobId, idempotencyToken: 'full-1' });
  expect((await endOf(runId)).outcome).toMatchObject({ kind: 'refused' });
});

test('parameters keep their value and type on the way to the warehouse and back', async () => {
  const [row] = await warehouse.query(
    `SELECT :text AS text, :whole AS whole, CAST(:big AS STRING) AS big, :part AS part, :yes AS yes,
            :nothing AS nothing, :day AS day, CAST(:day AS STRING) AS day_text`,
    {
      text: "it's; DROP TABLE t",
      whole: 7,
      big: 9007199254740993n,
      part: 1.5,
      yes: true,
      nothing: null,
      day: { date: '2024-03-10' },
    },
  );
  expect(row).toEqual({
    text: "it's; DROP TABLE t",
    whole: 7,
    big: '9007199254740993',
    part: 1.5,
    yes: true,
    nothing: null,
    day: '2024-03-10',
    day_text: '2024-03-10',
  });
});

test('a table that is missing says to run setup', async () => {
  const query = warehouse.query('SELECT * FROM demos.nowhere.nothing');
  await expect(query).rejects.toMatchObject({ code: 'tables_missing' });
});

test('a failing statement has its error class', async () => {
  const statement = warehouse.execute("SELECT raise_error('stop here')");
  await expect(statement).rejects.toMatchObject({
    code: 'statement_failed',
    details: { error_class: 'USER_RAISED_EXCEPTION' },
  });
});

test('a warehouse that the workspace does not have is named', async () => {
  const missing = new Warehouse({ client, warehouseId: 'nope', caCert });
  await expect(missing.query('SELECT 1')).rejects.toMatchObject({ code: 'warehouse_missing' });
  await expect(client.warehouses.get('nope')).rejects.toMatchObject({ code: 'workspace_not_found' });
  await missing.close();
});

test('a wrong token is told from a missing permission', async () => {
  const stranger = connect({ auth: { kind: 'pat', token: new Secret('another') } });
  await expect(stranger.me()).rejects.toMatchObject({ code: 'workspace_unauthenticated' });
  await stranger.close();
});

test('a service principal reaches REST and SQL with one token', async () => {
  const auth = { kind: 'oauth-m2m' as const, clientId: 'app', clientSecret: new Secret('hidden') };
  const principal = connect({ auth });
  const sql = new Warehouse({ client: principal, warehouseId: emulator.warehouseId, caCert });
  const before = (await emulator.local.ledger()).requests['POST /oidc/v1/token'] ?? 0;
  expect((await principal.me()).userName).not.toBe('');
  expect(await sql.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await emulator.local.ledger()).requests['POST /oidc/v1/token']).toBe(before + 1);
  await sql.close();
  await principal.close();
});
