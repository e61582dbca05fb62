import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { BoundProcess } from '../bin/bound-process.ts';
import { processTerminal } from '../bin/terminal.ts';
import type { ProductBuild } from './product-build.ts';
import { median } from './statistics.ts';

/** Longer than the hand-over of a worker's dates (`worker.handoverMs`). */
const STOP_DEADLINE_MS = 10_000;
const LOOK_INTERVAL_MS = 250;
/** pino's number of the level `warn`. */
const WARN = 40;
const LineSchema = z.object({ level: z.number(), msg: z.string().default(''), url: z.string().default('') });

export interface BuiltServiceOptions {
  readonly verb: 'web' | 'worker';
  /** How its complaints are told, such as `worker 2`. */
  readonly name: string;
  readonly build: ProductBuild;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A web process or a worker as it is deployed. */
export class BuiltService {
  /** Settles when it says that it is ready, with its address if it has one; rejects when it ends instead. */
  readonly ready: Promise<{ url: string }>;
  readonly #process: BoundProcess;

  constructor({ verb, name, build, env, cwd }: BuiltServiceOptions) {
    this.#process = new BoundProcess({
      command: process.execPath,
      args: [build.command, verb],
      // Readiness is told at level info.
      env: { ...env, LOG_LEVEL: 'info' },
      cwd,
      stopDeadlineMs: STOP_DEADLINE_MS,
    });
    this.ready = untilReady(this.#process, name);
    // Whoever awaits it sees the failure; nobody has to.
    this.ready.catch(() => {});
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  /** Median of what it holds resident over that time, in kB of 1,000 bytes. */
  async residentKb(seconds: number, signal: AbortSignal): Promise<number> {
    const samples: number[] = [];
    for (const endMs = Date.now() + seconds * 1_000; Date.now() < endMs; ) {
      const status = await readFile(`/proc/${this.#process.child.pid}/status`, 'utf8');
      samples.push((Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1_000);
      await pause(LOOK_INTERVAL_MS, undefined, { signal });
    }
    return median(samples);
  }
}

async function untilReady({ child, ended }: BoundProcess, name: string): Promise<{ url: string }> {
  const complaints: string[] = [];
  const ready = new Promise<{ url: string }>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (text) => {
        const line = LineSchema.safeParse(parsed(text)).data;
        if (line === undefined || line.level >= WARN) {
          complaints.push(text);
          processTerminal.notice(`${name}: ${text}`);
        } else if (line.msg.startsWith('Ready')) resolve({ url: line.url });
      });
    }
  });
  const failed = ended.then(() => {
    throw new Error(`${name} ended at its start. ${complaints.at(-1) ?? ''}`);
  });
  return Promise.race([ready, failed]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
