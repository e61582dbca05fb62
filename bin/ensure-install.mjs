// Runs before anything is installed: plain Node, no dependency.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `backfill: needs Node 20.19 or newer; this is ${process.versions.node}. Get it at https://nodejs.org.`,
  );
  process.exit(2);
}

const missing = whatIsMissing();
if (missing !== null) {
  console.log(`${missing}: running npm ci (about a minute) ...`);
  const install = spawnSync('npm', ['ci', '--no-progress'], { cwd: root, stdio: 'inherit' });
  if (install.status !== 0) {
    console.error('backfill: npm ci failed; see above, and check that the npm registry can be reached.');
    process.exit(2);
  }
}

/** Compares what is locked with what npm last noted as installed; times of files say less than they seem to. */
function whatIsMissing() {
  const locked = packagesOf('package-lock.json') ?? {};
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === null) return 'The dependencies are not installed';
  for (const [path, { version, optional }] of Object.entries(locked)) {
    // "" is this package itself; an optional one may be meant for another platform.
    if (path === '' || (optional && installed[path] === undefined)) continue;
    if (installed[path]?.version !== version) return `${path} is not installed as locked (${version})`;
  }
  return null;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return null;
  }
}
