// Builds the page into dashboard/page/dist unless it is there already, built from these very sources.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'dashboard', 'page');
const built = join(page, 'dist');
const noteFile = join(built, '.sources');
/** Below this, compressing costs more than it saves. */
const MIN_COMPRESSED_BYTES = 1_000;
/** The highest quality takes ten times as long for a few per cent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const sources = digestOfSources();
if (noteOf() !== sources) {
  const startedAt = Date.now();
  // Built aside and moved into place, so that a web process never serves half of it.
  const aside = join(page, `dist-${process.pid}`);
  try {
    const { build } = await import('vite');
    await build({ configFile: join(page, 'vite.config.ts'), build: { outDir: aside } });
    await compressAll(aside);
    writeFileSync(join(aside, '.sources'), sources);
    rmSync(built, { recursive: true, force: true });
    renameSync(aside, built);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  console.log(`Built the page in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** Times of files say less than they seem to: a checkout of an older commit is newer. */
function digestOfSources() {
  const hash = createHash('sha256');
  const files = filesOf(page, '').filter((file) => !file.startsWith('dist'));
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(page, file)));
  hash.update(readFileSync(join(root, 'package-lock.json')));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  return hash.digest('hex');
}

function noteOf() {
  try {
    return readFileSync(noteFile, 'utf8');
  } catch {
    return null;
  }
}

function filesOf(directory, below) {
  return readdirSync(join(directory, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesOf(directory, name) : [name];
  });
}

/** Beside each file its compressed forms, which the web process sends as they are. */
async function compressAll(directory) {
  await Promise.all(
    filesOf(directory, '')
      .filter((file) => /\.(js|css|html|svg)$/.test(file))
      .map(async (file) => {
        const content = readFileSync(join(directory, file));
        if (content.length < MIN_COMPRESSED_BYTES) return;
        const [gz, br] = await Promise.all([
          promisify(gzip)(content),
          promisify(brotliCompress)(content, BROTLI),
        ]);
        writeFileSync(join(directory, `${file}.gz`), gz);
        writeFileSync(join(directory, `${file}.br`), br);
      }),
  );
}
