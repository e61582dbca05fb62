import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../bin/package-root.ts';

const PAGE = join('dashboard', 'page', 'dist');

/**
 * The product as it is deployed, built into a temporary directory: a process from TypeScript sources holds the
 * loader in its memory besides.
 */
export class ProductBuild {
  readonly command: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.command = join(directory, 'dist', 'bin', 'backfill.js');
  }

  static async make(): Promise<ProductBuild> {
    const directory = await mkdtemp(join(tmpdir(), 'backfill-build-'));
    const made = new ProductBuild(directory);
    try {
      await build(directory);
      return made;
    } catch (failure) {
      await made.remove();
      throw failure;
    }
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function build(directory: string): Promise<void> {
  await copyFile(join(packageRoot, 'package.json'), join(directory, 'package.json'));
  await symlink(join(packageRoot, 'node_modules'), join(directory, 'node_modules'));
  const project = join(packageRoot, 'tsconfig.build.json');
  const compiler = join(packageRoot, 'node_modules', '.bin', 'tsc');
  // Types are the business of `npm run check`. Not ended early: the compiler would outlive its wrapper.
  await promisify(execFile)(compiler, ['-p', project, '--noCheck', '--outDir', join(directory, 'dist')]);
  const page = join(packageRoot, PAGE);
  if (existsSync(page)) await cp(page, join(directory, 'dist', 'dashboard', 'page'), { recursive: true });
}
