import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** Another test file may be installing it at this moment: apt-get waits for the end of that. */
const LOCK_PATIENCE = 'DPkg::Lock::Timeout=600';
const APT_ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

let found: Promise<string> | null = null;

/**
 * Path of a Chromium: one on PATH, else the Debian package, which is installed when we are root.
 * @throws Error that says how to get one
 */
export function findChromium(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const present = await onPath();
  if (present !== null) return present;
  if (process.geteuid?.() !== 0) throw noChromium('this is not root, so nothing was installed');
  console.log('No Chromium here: installing the Debian package chromium (apt-get).');
  try {
    await install().catch(async () => {
      await aptGet('update');
      await install();
    });
  } catch (failure) {
    throw noChromium(String(failure).trim().split('\n').slice(-2).join(' '));
  }
  const installed = await onPath();
  if (installed === null) throw noChromium('apt-get installed none');
  return installed;
}

function install(): Promise<void> {
  return aptGet('install', '-y', '--no-install-recommends', 'chromium');
}

async function aptGet(...args: string[]): Promise<void> {
  await run('apt-get', ['-q', '-o', LOCK_PATIENCE, ...args], {
    env: APT_ENVIRONMENT,
    maxBuffer: 16 * 1024 * 1024,
  });
}

async function onPath(): Promise<string | null> {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== '');
  for (const candidate of NAMES.flatMap((name) => directories.map((directory) => join(directory, name)))) {
    if (await starts(candidate)) return candidate;
  }
  return null;
}

/** A package that is being installed has its program in place before the libraries that it needs. */
async function starts(candidate: string): Promise<boolean> {
  try {
    await access(candidate, constants.X_OK);
    await run(candidate, ['--version']);
    return true;
  } catch {
    return false;
  }
}

function noChromium(why: string): Error {
  return new Error(
    `The tests of the page need a Chromium, and there is none on PATH (${why}). Install one (Debian: apt-get install chromium; Ubuntu: snap install chromium; macOS: put a link named google-chrome on PATH).`,
  );
}
