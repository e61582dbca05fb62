import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';

/**
 * Becomes the command, after leaving a watcher that ends it (and removes the directory it may) as soon as the
 * pipe on descriptor 3 closes: that happens however our process ends, SIGKILL included.
 */
const BOUND_TO_OUR_LIFE = `
disposable=$1; shift
{ cat; kill -TERM $$; [ -z "$disposable" ] || rm -rf "$disposable"; } <&3 >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export interface BoundProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Directory to remove after the process has ended. */
  readonly disposableDir?: string;
  /** How long after SIGTERM it is killed. */
  readonly stopDeadlineMs: number;
}

/**
 * A process that does not outlive ours. It stays out of the terminal's process group, so that Ctrl-C
 * reaches it only through `stop`, in the order in which we stop things.
 */
export class BoundProcess {
  readonly child: ChildProcess;
  /** Settles when the process has ended, with its exit code or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #disposableDir: string | undefined;
  readonly #stopDeadlineMs: number;

  constructor(options: BoundProcessOptions) {
    const { command, args, env, cwd, disposableDir = '', stopDeadlineMs } = options;
    this.#disposableDir = options.disposableDir;
    this.#stopDeadlineMs = stopDeadlineMs;
    this.child = spawn('sh', ['-c', BOUND_TO_OUR_LIFE, 'sh', disposableDir, command, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env,
      cwd,
    });
    this.ended = once(this.child, 'exit')
      .then(
        ([code, signal]) => signal ?? code,
        () => 127,
      )
      // The watcher must not outlive the process: its id may be given to another one.
      .finally(() => this.child.stdio[3]?.destroy());
  }

  /** SIGTERM, and SIGKILL past the deadline; resolves when it has ended. May be called at any time, repeatedly. */
  async stop(): Promise<void> {
    const { child } = this;
    child.kill('SIGTERM');
    const alarm = setTimeout(() => child.kill('SIGKILL'), this.#stopDeadlineMs);
    await this.ended;
    clearTimeout(alarm);
    if (this.#disposableDir !== undefined) await rm(this.#disposableDir, { recursive: true, force: true });
  }
}
