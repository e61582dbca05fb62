import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { scriptArguments } from './built-script.ts';

const REPO = join(__dirname, '..', '..');

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Settings of the command; of this process it gets only what finds programs and files. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The script to run: a path in the repository, or an absolute one; `bin/backfill.ts` by default. */
  readonly script?: string;
}

/** The real command as a child process. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  #stdout = '';
  #stderr = '';

  constructor(
    args: readonly string[],
    { env = {}, cwd = REPO, script = 'bin/backfill.ts' }: CommandOptions = {},
  ) {
    this.child = spawn(process.execPath, [...scriptArguments(REPO, script), ...args], {
      cwd,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.result = once(this.child, 'close').then(([exitCode]) => ({
      exitCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Everything said so far, on stdout and on stderr. */
  get said(): string {
    return this.#stdout + this.#stderr;
  }

  /** Resolves as soon as stdout and stderr together contain the text. Rejects if the command ends before. */
  async untilSaid(text: string | RegExp): Promise<void> {
    const said = () => (typeof text === 'string' ? this.said.includes(text) : text.test(this.said));
    await new Promise<void>((resolve, reject) => {
      const look = () => said() && resolve();
      this.child.stdout?.on('data', look);
      this.child.stderr?.on('data', look);
      this.child.once('close', () => {
        if (said()) resolve();
        else reject(new Error(`It ended without saying ${text}:\n${this.said}`));
      });
      look();
    });
  }

  /** Sends SIGTERM and waits for the end. */
  async stop(): Promise<CommandResult> {
    this.child.kill('SIGTERM');
    return this.result;
  }
}

/** Runs the command to its end. */
export function runCommand(args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return new RunningCommand(args, options).result;
}

/** Lines of a stack trace, which no user must ever see. */
export function stackLines({ stdout, stderr }: CommandResult): string[] {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => /^\s+at .+[:(]/.test(line) || line.includes('node:internal'));
}
