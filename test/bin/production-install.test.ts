import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { type CommandResult, RunningCommand } from '../harness/command.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';

const REPO = join(__dirname, '..', '..');
const run = promisify(execFile);

interface ComposeService {
  command: string[];
  environment: Record<string, string>;
  healthcheck: { test: string[] };
  stop_grace_period: string;
}

let directory: string;
let workspace: TestWorkspace | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backfill-install-'));
  [workspace] = await Promise.all([startWorkspace(), install()]);
});

afterAll(async () => {
  await workspace?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What a user types: npm pack here, npm install -g there. */
async function install(): Promise<void> {
  await run('npm', ['pack', '--pack-destination', directory], { cwd: REPO });
  const [tarball = ''] = (await run('ls', [directory])).stdout
    .split('\n')
    .filter((name) => name.endsWith('.tgz'));
  const where = ['--prefix', join(directory, 'prefix'), '--prefer-offline', '--no-progress'];
  await run('npm', ['install', '-g', ...where, join(directory, tarball)], { cwd: directory });
}

function installed(args: readonly string[], env: Record<string, string> = {}): RunningCommand {
  const script = join(directory, 'prefix', 'bin', 'backfill');
  return new RunningCommand(args, { script, env, cwd: directory });
}

function packageFile(...path: string[]): string {
  return join(directory, 'prefix', 'lib', 'node_modules', 'databricks-backfill', ...path);
}

test('the installed command works without the emulator, and says how to get it', async () => {
  const { version } = JSON.parse(readFileSync(join(REPO, 'package.json'), 'utf8'));
  expect((await installed(['--version']).result).stdout.trim()).toBe(version);
  const emulator = await installed(['emulator']).result;
  expect(emulator.stderr).toMatch(/not part of an installed package.*npm ci/);
  expect(emulator.exitCode).toBe(2);
  expect(existsSync(packageFile('dist', 'emulator'))).toBe(false);
  expect(existsSync(packageFile('node_modules', '@duckdb'))).toBe(false);
  expect(existsSync(packageFile('node_modules', 'tsx'))).toBe(false);
});

test('setup and jobs apply bring their own configuration and notebooks', async () => {
  const { BACKFILL_CONFIG: _, ...env } = workspace?.env ?? {};
  const [setup, apply] = await Promise.all([
    installed(['setup'], env).result,
    installed(['jobs', 'apply'], env).result,
  ]);
  expect(setup.stdout).toMatch(/source_data +kept +4740 rows as they were/);
  expect(apply.stdout).toMatch(/notebook +unchanged \/Shared\/databricks-backfill\/02_process_data/);
  expect([setup.exitCode, apply.exitCode]).toEqual([0, 0]);
});

test.each(['web', 'worker'])(
  '%s starts as docker-compose.yml has it, is healthy, and stops in time',
  async (name) => {
    const service = composeServices()[name];
    if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
    const port = await freePort();
    const settings = { ...filledIn(service.environment), BACKFILL_PORT: String(port) };
    const ports = name === 'web' ? {} : { BACKFILL_WORKER_PORT: String(port) };
    const process = installed(service.command, { ...settings, ...ports });
    await process.untilSaid(/"Ready/);

    const [, node = '', ...args] = service.healthcheck.test;
    const probe = args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
    await run(node, probe);
    if (name === 'web') expect(await pageAt(port)).toContain('<div id="app">');
    const graceMs = Number.parseInt(service.stop_grace_period, 10) * 1000;
    const ended = await within(graceMs, process.stop());
    expect(ended.exitCode).toBe(0);
  },
);

function composeServices(): Record<string, ComposeService> {
  return parse(readFileSync(join(REPO, 'docker-compose.yml'), 'utf8'), { merge: true }).services;
}

/** `${X:-default}` as docker-compose fills it in, from the workspace of this test. */
function filledIn(environment: Record<string, string>): Record<string, string> {
  const known: Record<string, string> = {
    ...workspace?.env,
    BACKFILL_API_TOKENS: 'me:operator:not-a-real-secret',
  };
  const values = Object.entries(environment).map(([name, text]) => [
    name,
    text.replace(/\$\{(\w+):-(.*?)\}/g, (_, variable, byDefault) => known[variable] ?? byDefault),
  ]);
  const { REDIS_URL = '', BACKFILL_REDIS_PREFIX = '' } = known;
  return { ...Object.fromEntries(values), REDIS_URL, BACKFILL_REDIS_PREFIX };
}

async function pageAt(port: number): Promise<string> {
  const headers = { authorization: 'Bearer not-a-real-secret' };
  return (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

async function within(limitMs: number, ending: Promise<CommandResult>): Promise<CommandResult> {
  let alarm: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    alarm = setTimeout(() => reject(new Error(`still there after ${limitMs} ms`)), limitMs);
  });
  return Promise.race([ending, late]).finally(() => clearTimeout(alarm));
}
