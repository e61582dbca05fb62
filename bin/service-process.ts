import { createInterface } from 'node:readline';
import { z } from 'zod';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { BoundProcess } from './bound-process.ts';
import { scriptCommand } from './package-root.ts';

const ReadyLineSchema = z.object({ msg: z.string().startsWith('Ready'), url: z.string().default('') });

/** Longer than the hand-over of a worker's dates (`worker.handoverMs`). */
const STOP_DEADLINE_MS = 10_000;

export interface ServiceProcessOptions {
  readonly verb: 'web' | 'worker';
  /** How its lines and its end are told, such as `worker 2`. */
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The `backfill` script of a build to run instead of the one that runs this. */
  readonly script?: string;
  /** Told of each line it writes. */
  readonly onLine?: (line: string) => void;
}

/** One of our own services as a process of its own, as in production. */
export class ServiceProcess {
  readonly name: string;
  readonly ended: Promise<number | NodeJS.Signals>;
  /**
   * Settles when it says that it is ready, with its address if it has one.
   *
   * Rejects with BackfillError `internal_error` and its last words when it ends instead.
   */
  readonly ready: Promise<{ url: string }>;
  readonly #process: BoundProcess;

  constructor({ verb, name, env, cwd, script, onLine = () => {} }: ServiceProcessOptions) {
    const own = scriptCommand('bin/backfill');
    const { command, args } = script === undefined ? own : { command: own.command, args: [script] };
    // Readiness is told at level info.
    const LOG_LEVEL = env.LOG_LEVEL === 'debug' || env.LOG_LEVEL === 'trace' ? env.LOG_LEVEL : 'info';
    this.name = name;
    this.#process = new BoundProcess({
      command,
      args: [...args, verb],
      env: { ...env, LOG_LEVEL },
      cwd,
      stopDeadlineMs: STOP_DEADLINE_MS,
    });
    this.ended = this.#process.ended;
    this.ready = this.#untilReady(onLine);
    // Whoever awaits it sees the failure; nobody has to.
    this.ready.catch(() => {});
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Sends a signal as it is; `stop` is the way to end it. */
  signal(name: NodeJS.Signals): void {
    this.#process.child.kill(name);
  }

  #untilReady(onLine: (line: string) => void): Promise<{ url: string }> {
    const { stdout, stderr } = this.#process.child;
    let lastWords = '';
    return new Promise((resolve, reject) => {
      const read = (line: string) => {
        onLine(line);
        const ready = ReadyLineSchema.safeParse(parsed(line));
        if (ready.success) resolve({ url: ready.data.url });
      };
      if (stdout !== null) createInterface({ input: stdout }).on('line', read);
      if (stderr !== null) {
        createInterface({ input: stderr }).on('line', (line) => {
          lastWords = `${lastWords}\n${line}`;
          onLine(line);
        });
      }
      this.#process.child.once('close', () => {
        reject(new BackfillError('internal_error', `${this.name} ended at its start.${lastWords}`));
      });
    });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
