// Runs before anything is installed: plain Node, no dependency.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
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

// npm writes this file at the end of every install, so its time is that of the last one that succeeded.
const installedMs = modifiedMs('node_modules/.package-lock.json');
const lockedMs = modifiedMs('package-lock.json') ?? 0;

if (installedMs === null || installedMs < lockedMs) {
  const why = installedMs === null ? 'are missing' : 'are older than package-lock.json';
  console.log(`The dependencies ${why}: running npm ci (about a minute) ...`);
  const install = spawnSync('npm', ['ci', '--no-progress'], { cwd: root, stdio: 'inherit' });
  if (install.status !== 0) {
    console.error('backfill: npm ci failed; see above, and check that the npm registry can be reached.');
    process.exit(2);
  }
}

function modifiedMs(file) {
  try {
    return statSync(join(root, file)).mtimeMs;
  } catch {
    return null;
  }
}
