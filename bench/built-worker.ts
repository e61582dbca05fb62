import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { BoundProcess } from '../bin/bound-process.ts';
import { packageRoot } from '../bin/package-root.ts';
import { untilAborted } from './until-aborted.ts';

const STOP_DEADLINE_MS = 10_000;

/** A worker as it is deployed: the build, without the loader that runs TypeScript sources in a checkout. */
export class BuiltWorker {
  readonly pid: number;
  readonly #process: BoundProcess;
  readonly #directory: string;

  private constructor(process: BoundProcess, directory: string) {
    this.pid = process.child.pid ?? 0;
    this.#process = process;
    this.#directory = directory;
  }

  /** Builds into a temporary directory, starts the worker there and waits until it is ready; `signal` ends it. */
  static async start(env: NodeJS.ProcessEnv, cwd: string, signal: AbortSignal): Promise<BuiltWorker> {
    const directory = await mkdtemp(join(tmpdir(), 'backfill-build-'));
    try {
      // Not ended early: the compiler's own process would outlive its wrapper.
      await build(directory);
      signal.throwIfAborted();
      const process = new BoundProcess({
        command: globalThis.process.execPath,
        args: [join(directory, 'dist', 'bin', 'backfill.js'), 'worker'],
        env: { ...env, LOG_LEVEL: 'info' },
        cwd,
        stopDeadlineMs: STOP_DEADLINE_MS,
      });
      const worker = new BuiltWorker(process, directory);
      await untilAborted(untilReady(process), signal).catch(async (failure) => {
        await worker.stop();
        throw failure;
      });
      return worker;
    } catch (failure) {
      await rm(directory, { recursive: true, force: true });
      throw failure;
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function build(directory: string): Promise<void> {
  await copyFile(join(packageRoot, 'package.json'), join(directory, 'package.json'));
  await symlink(join(packageRoot, 'node_modules'), join(directory, 'node_modules'));
  const project = join(packageRoot, 'tsconfig.build.json');
  const compiler = join(packageRoot, 'node_modules', '.bin', 'tsc');
  // Types are the business of `npm run check`.
  await promisify(execFile)(compiler, ['-p', project, '--noCheck', '--outDir', join(directory, 'dist')]);
}

async function untilReady({ child, ended }: BoundProcess): Promise<void> {
  const lastWords: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lastWords.splice(0, lastWords.length - 5);
        lastWords.push(line);
        if (line.includes('"msg":"Ready"')) resolve();
      });
    }
  });
  const failed = ended.then(() => {
    throw new Error(`The built worker ended at its start.\n${lastWords.join('\n')}`);
  });
  await Promise.race([ready, failed]);
}
