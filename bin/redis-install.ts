import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { BackfillError } from '../src/errors/backfill-error.ts';

const SERVICE_PID_FILE = '/run/redis/redis-server.pid';
const POLICY_FILE = '/usr/sbin/policy-rc.d';
/** A machine that was just set up updates itself in the background; apt-get waits so long for the end of that. */
const LOCK_PATIENCE = 'DPkg::Lock::Timeout=300';
/** Exit 101 of this script forbids a package to start its service (Debian policy, invoke-rc.d). */
const START_NOTHING = '#!/bin/sh\nexit 101\n';

/**
 * Installs the Debian package `redis-server` as root, and sees to it that the install leaves no server
 * running: ours is a private one.
 *
 * @throws BackfillError `configuration_invalid` with what apt-get said.
 */
export async function installRedis(onNotice: (line: string) => void): Promise<void> {
  const before = await servicePid();
  const guarded = await forbidServiceStart();
  try {
    const first = await aptGet('install', '-y', '--no-install-recommends', 'redis-server');
    if (first.exitCode !== 0) {
      onNotice('The package list is old or empty; running apt-get update first.');
      await aptGet('update');
      const second = await aptGet('install', '-y', '--no-install-recommends', 'redis-server');
      if (second.exitCode !== 0) throw notInstalled(second.output);
    }
  } finally {
    if (guarded) await rm(POLICY_FILE, { force: true });
  }
  const started = await servicePid();
  if (started === null || started === before) return;
  onNotice('The package started its own service; stopping it, since a private server is used here.');
  await run('service', ['redis-server', 'stop']);
}

/** Answers false where the machine has a policy of its own, which is left alone. */
async function forbidServiceStart(): Promise<boolean> {
  try {
    await access(POLICY_FILE);
    return false;
  } catch {
    await writeFile(POLICY_FILE, START_NOTHING, { mode: 0o755 });
    return true;
  }
}

/** Process of the service that the package brings; null while it does not run. */
async function servicePid(): Promise<string | null> {
  const pid = (await readFile(SERVICE_PID_FILE, 'utf8').catch(() => '')).trim();
  if (pid === '') return null;
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name.trim() === 'redis-server' ? pid : null;
}

function aptGet(...args: string[]): Promise<{ exitCode: number; output: string }> {
  return run('apt-get', ['-q', '-o', LOCK_PATIENCE, ...args]);
}

async function run(command: string, args: string[]): Promise<{ exitCode: number; output: string }> {
  const child = spawn(command, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  try {
    const [exitCode] = await once(child, 'close');
    return { exitCode: exitCode ?? 1, output };
  } catch (failure) {
    return { exitCode: 127, output: String(failure) };
  }
}

function notInstalled(output: string): BackfillError {
  const said = output.trim().split('\n').slice(-2).join(' ');
  return new BackfillError(
    'configuration_invalid',
    `apt-get could not install redis-server (${said}). Install Redis in another way, or set REDIS_URL to one that runs.`,
  );
}
