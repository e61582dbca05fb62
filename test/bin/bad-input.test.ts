import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandOptions, runCommand, stackLines } from '../harness/command.ts';
import { type EmulatorProcess, startEmulator } from '../harness/emulator-process.ts';

let directory: string;
let emulator: EmulatorProcess | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backfill-test-'));
  emulator = await startEmulator({ token: 'right' });
});
afterAll(async () => {
  await emulator?.stop();
  await rm(directory, { recursive: true, force: true });
});

const NOWHERE = 'http://127.0.0.1:1';

/** Arguments, settings, exit code, and what must be said of it. */
const BAD_INPUT: [string, string[], Record<string, string>, number, RegExp[]][] = [
  ['an unknown verb', ['rnu'], {}, 2, [/unknown command 'rnu'/, /Did you mean run\?/]],
  ['an unknown option', ['run', '--form', '2024-06-01'], {}, 2, [/unknown option '--form'/, /--from/]],
  ['a priority that is no number', ['run', '--priority', 'high'], {}, 2, [/--priority/, /whole number/]],
  ['an unknown choice', ['run', '--reprocess', 'some'], {}, 2, [/--reprocess/, /missing, failed, all/]],
  ['a parameter without a value', ['run', '--parameter', 'a'], {}, 2, [/--parameter/, /name=value/]],
  ['an option that contradicts another', ['run', '--missing', '--reprocess', 'all'], {}, 2, [/--missing/]],
  ['coverage without a range', ['coverage'], {}, 2, [/--from/]],
  ['status without an id', ['status'], {}, 2, [/missing required argument 'id'/]],
  ['a port that is no number', ['check'], { BACKFILL_PORT: 'abc' }, 2, [/BACKFILL_PORT/, /abc/, /a port/]],
  [
    'two problems at once',
    ['web'],
    { BACKFILL_PORT: 'abc', REDIS_URL: 'localhost' },
    2,
    [/BACKFILL_PORT/, /REDIS_URL/],
  ],
  ['a bind address without tokens', ['web'], { BACKFILL_BIND: '0.0.0.0' }, 2, [/BACKFILL_API_TOKENS/]],
  ['a configuration file that is not there', ['check', '--config', 'none.yaml'], {}, 2, [/none\.yaml/]],
  ['setup without a workspace', ['setup'], {}, 2, [/DATABRICKS_HOST/]],
  ['a worker without a workspace', ['worker'], {}, 2, [/DATABRICKS_HOST/]],
  [
    'an unknown job key',
    ['jobs', 'apply', '--job', '02_proces_data'],
    {},
    2,
    [/Did you mean "02_process_data"\?/],
  ],
  [
    'no web process',
    ['list'],
    { BACKFILL_URL: NOWHERE },
    1,
    [/127\.0\.0\.1:1/, /backfill web/, /BACKFILL_URL/],
  ],
];

test.each(BAD_INPUT)('%s is answered in a sentence', async (_name, args, env, exitCode, said) => {
  const options: CommandOptions = { env, cwd: directory };
  const result = await runCommand(args, options);
  for (const part of said) expect(result.stderr).toMatch(part);
  expect(result.stdout).toBe('');
  expect(result.exitCode).toBe(exitCode);
  expect(stackLines(result)).toEqual([]);
});

test('an address where something else answers is named', async () => {
  const other = createServer((_, response) => response.writeHead(404).end('<h1>Not here</h1>'));
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const result = await runCommand(['list'], { env: { BACKFILL_URL: url }, cwd: directory });
  other.close();
  expect(result.stderr).toMatch(/status 404.*BACKFILL_URL/);
  expect(result.stderr).toContain(url);
  expect(result.exitCode).toBe(1);
});

test('a typo in the YAML is named with its line and the key that was meant', async () => {
  await writeFile(join(directory, 'typo.yaml'), 'backfill:\n  catalgo: demos\n');
  const result = await runCommand(['check', '--config', 'typo.yaml'], { cwd: directory });
  expect(result.stderr).toMatch(/typo\.yaml:2/);
  expect(result.stderr).toMatch(/Did you mean "catalog"\?/);
  expect(result.exitCode).toBe(2);
  expect(stackLines(result)).toEqual([]);
});

function workspaceEnv(changes: Record<string, string> = {}): Record<string, string> {
  if (emulator === undefined) throw new Error('no emulator');
  return {
    DATABRICKS_HOST: emulator.url,
    DATABRICKS_TOKEN: 'right',
    DATABRICKS_WAREHOUSE_ID: emulator.warehouseId,
    BACKFILL_CA_CERT: emulator.caFile,
    ...changes,
  };
}

test.each([
  ['setup', 'a wrong token', { DATABRICKS_TOKEN: 'wrong' }, /DATABRICKS_TOKEN/],
  ['worker', 'a wrong token', { DATABRICKS_TOKEN: 'wrong' }, /DATABRICKS_TOKEN/],
  ['setup', 'a warehouse that is not there', { DATABRICKS_WAREHOUSE_ID: 'w1' }, /no SQL warehouse w1.*local/],
  [
    'worker',
    'a warehouse that is not there',
    { DATABRICKS_WAREHOUSE_ID: 'w1' },
    /no SQL warehouse w1.*local/,
  ],
])('%s ends at once with %s, and says what to do', async (verb, _name, changes, said) => {
  const result = await runCommand([verb], { env: workspaceEnv(changes), cwd: directory });
  expect(result.stderr).toMatch(said);
  expect(result.exitCode).toBe(1);
  expect(stackLines(result)).toEqual([]);
});

test('check --connect says of each part whether it answers', async () => {
  const result = await runCommand(['check', '--connect'], {
    env: { ...workspaceEnv(), REDIS_URL: 'redis://127.0.0.1:1', DATABRICKS_HOST: 'https://127.0.0.1:1' },
    cwd: directory,
  });
  expect(result.stderr).toMatch(/failed {2}redis .*redis:\/\/127\.0\.0\.1:1/);
  expect(result.stderr).toMatch(/failed {2}workspace .*127\.0\.0\.1:1/);
  expect(result.exitCode).toBe(1);
  expect(stackLines(result)).toEqual([]);
  expect(result.stdout + result.stderr).not.toContain('right');
});
