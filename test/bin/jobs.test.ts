import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../bin/command-line.ts';
import { describeFailure, exitCodeOf } from '../../bin/failure.ts';
import { Secret } from '../../src/config/secret.ts';
import { WorkspaceClient } from '../../src/databricks/workspace-client.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';

const REPO = join(import.meta.dirname, '..', '..');
const NAME = '02_process_data';

let folder: string;
let emulator: EmulatorProcess;
let client: WorkspaceClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backfill-jobs-'));
  await cp(join(REPO, 'backfill.yaml'), join(folder, 'backfill.yaml'));
  emulator = await startEmulator();
  const auth = { kind: 'pat', token: new Secret('jobs-token') } as const;
  client = new WorkspaceClient({ host: emulator.url, auth, caCert: readFileSync(emulator.caFile, 'utf8') });
});
afterAll(async () => {
  await client?.close();
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in this process: starting a process for each would take most of the time. */
async function jobs(...args: string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const env = {
    DATABRICKS_HOST: emulator.url,
    DATABRICKS_TOKEN: 'jobs-token',
    DATABRICKS_WAREHOUSE_ID: emulator.warehouseId,
    BACKFILL_CA_CERT: emulator.caFile,
  };
  const terminal = {
    interactive: false,
    print: (line: string) => void out.push(line),
    notice: (line: string) => void err.push(line),
  };
  const exitCode = await runCommandLine(['jobs', ...args], {
    env,
    cwd: folder,
    homeDir: folder,
    terminal,
  }).catch((failure: unknown) => {
    err.push(describeFailure(failure, 'info'));
    return exitCodeOf(failure);
  });
  return { exitCode, stdout: out.join('\n'), stderr: err.join('\n') };
}

test('jobs apply makes the job once, shows each change by its path before it sends it, and lists what is there', async () => {
  expect((await jobs('apply')).stdout).toMatch(/job +created +02_process_data \d+/);
  const file = join(folder, 'backfill.yaml');
  const shipped = await readFile(file, 'utf8');
  await writeFile(file, shipped.replace('timeout_seconds: 1800', 'timeout_seconds: 900'));
  const rehearsed = await jobs('apply', '--dry-run');
  expect(rehearsed.stdout).toMatch(/~ +tasks\.process_data\.timeout_seconds +1800 -> 900/);
  expect(rehearsed.stderr).toContain('nothing was changed');
  const list = await jobs('list');
  expect(list.stdout).toMatch(
    /02_process_data +02_process_data +differs +\d+ +20 +agree +tasks\.process_data/,
  );
  expect(list.stdout).toMatch(/03_backfill_orchestrator +03_backfill_orchestrator +optional/);
  expect(list.exitCode).toBe(0);
  await writeFile(file, shipped);
});

test('jobs list, cleanup and delete deal with duplicates, and say what they leave', async () => {
  const tags = { managed_by: 'databricks-backfill' };
  const [{ jobId: theirs }, { jobId: ours }] = [
    await client.jobs.create({ name: 'daily' }),
    await client.jobs.create({ name: 'daily', tags }),
  ];
  const { jobId: newest } = await client.jobs.create({ name: 'daily', tags });
  const listed = await jobs('list', 'daily');
  for (const [jobId, owned] of [
    [theirs, 'no'],
    [ours, 'yes'],
    [newest, 'yes'],
  ]) {
    expect(listed.stdout).toMatch(new RegExp(`${jobId} .* ${owned} +agree`));
  }
  expect(listed.stderr).toContain(
    '`backfill jobs cleanup "daily"` deletes all but the newest; those that we did not make only with `--any-owner`',
  );

  const ambiguous = await jobs('delete', 'daily');
  expect([ambiguous.exitCode, ambiguous.stderr.includes('--job-id')]).toEqual([2, true]);
  expect(ambiguous.stderr).toContain('deleted by `backfill jobs cleanup "daily"`');
  const rehearsed = await jobs('cleanup', 'daily', '--dry-run');
  expect(rehearsed.stdout).toMatch(new RegExp(`would delete +${ours}`));
  expect(await client.jobs.list({ name: 'daily' })).toHaveLength(3);
  const cleaned = await jobs('cleanup', 'daily');
  expect(cleaned.stdout).toMatch(new RegExp(`left +${theirs}[^]*deleted +${ours}[^]*kept +${newest}`));
  expect(cleaned.stderr).toContain('--any-owner');
  const deleted = await jobs('delete', '--job-id', theirs, '--any-owner', '--json');
  expect(JSON.parse(deleted.stdout)).toMatchObject({ job_id: theirs, action: 'deleted' });
  expect((await client.jobs.list({ name: 'daily' })).map(({ jobId }) => jobId)).toEqual([newest]);
});

test('jobs cleanup does not cancel live runs unasked, and its dry run says so beside the plan', async () => {
  const tags = { managed_by: 'databricks-backfill' };
  const { jobId: busy } = await client.jobs.create({ name: 'hourly', tags });
  const { jobId: newest } = await client.jobs.create({ name: 'hourly', tags });
  await emulator.local.config({ run_duration_ms: { min: 60_000, max: 60_000 } });
  await client.jobs.runNow({ jobId: busy, idempotencyToken: 'hourly' });
  const obstacle = `job ${busy} has 1 live run, which Databricks would cancel`;

  const rehearsed = await jobs('cleanup', 'hourly', '--dry-run');
  expect(rehearsed.exitCode).toBe(0);
  expect(rehearsed.stdout).toMatch(new RegExp(`would delete +${busy}[^]*kept +${newest}`));
  expect(rehearsed.stderr).toContain(obstacle);
  const refused = await jobs('cleanup', 'hourly');
  expect([refused.exitCode, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toContain(`Nothing was deleted: ${obstacle}`);
  expect(refused.stderr).toContain('--with-live-runs');
  expect(await client.jobs.list({ name: 'hourly' })).toHaveLength(2);
  const told = await jobs('cleanup', 'hourly', '--with-live-runs');
  expect(told.stdout).toMatch(new RegExp(`deleted +${busy}`));
});

test('jobs apply says what Databricks refuses of a definition, and where it stands in the file', async () => {
  const file = join(folder, 'backfill.yaml');
  const shipped = await readFile(file, 'utf8');
  await writeFile(file, shipped.replace('source: WORKSPACE', 'source: ELSEWHERE'));
  const refused = await jobs('apply');
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toMatch(
    /^backfill: Databricks refuses .*resources\.jobs\.02_process_data\.tasks\.process_data\.notebook_task\.source.* Nothing was changed\.$/,
  );
  await writeFile(file, shipped);
});

test('jobs apply of a bundle asks for the target that is wanted', async () => {
  const bundle = `
bundle: { name: sales }
targets: { dev: { mode: development }, prod: {} }
resources:
  jobs:
    ${NAME}:
      name: \${bundle.name} in \${bundle.target}
      tasks: [{ task_key: a, notebook_task: { notebook_path: ./load.sql } }]
`;
  await writeFile(join(folder, 'databricks.yml'), bundle);
  await writeFile(join(folder, 'load.sql'), '-- Databricks notebook source\nSELECT 1\n');
  const unclear = await jobs('apply', '--config', 'databricks.yml');
  expect([unclear.exitCode, unclear.stderr.includes('databricks.yml:3 targets')]).toEqual([2, true]);
  const applied = await jobs('apply', '--config', 'databricks.yml', '--target', 'prod');
  expect(applied.stdout).toContain('imported  /Shared/databricks-backfill/sales/prod/load');
  expect(applied.stdout).toMatch(/job +created +sales in prod \d+/);
});
