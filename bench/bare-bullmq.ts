import { createInterface } from 'node:readline';
import { Queue } from 'bullmq';
import { z } from 'zod';
import { BoundProcess } from '../bin/bound-process.ts';
import { scriptCommand } from '../bin/package-root.ts';
import { JOB_OPTIONS } from '../queues/backfill-queues.ts';
import type { BareJob, BareOptions } from './bare-options.ts';
import { daysOf } from './date-range.ts';
import type { BenchStack } from './stack.ts';
import { untilAborted } from './until-aborted.ts';

const PREFIX = 'bare';
const BACKFILL_ID = '019b0000-0000-7000-8000-000000000000';
const STOP_DEADLINE_MS = 5_000;
const LineSchema = z.object({ ready: z.boolean(), doneAtMs: z.number() }).partial();

/** Bare BullMQ beside us: the same Redis server, concurrency, payload and keeping of finished jobs. */
export class BareBullMq {
  readonly #queue: Queue<BareJob>;
  readonly #batch: number;
  readonly #lines: AsyncIterator<string>;
  readonly #signal: AbortSignal;

  private constructor(
    queue: Queue<BareJob>,
    batch: number,
    lines: AsyncIterator<string>,
    signal: AbortSignal,
  ) {
    this.#queue = queue;
    this.#batch = batch;
    this.#lines = lines;
    this.#signal = signal;
  }

  /** Ends with the stack. */
  static async start(
    stack: BenchStack,
    options: Omit<BareOptions, 'prefix'>,
    signal: AbortSignal,
  ): Promise<BareBullMq> {
    const { command, args } = scriptCommand('bench/bare-worker');
    const child = new BoundProcess({
      command,
      args: [...args, JSON.stringify({ ...options, prefix: PREFIX })],
      env: stack.env,
      cwd: stack.cwd,
      stopDeadlineMs: STOP_DEADLINE_MS,
    });
    await stack.addRelease(() => child.stop());
    const { stdout, stderr } = child.child;
    stderr?.pipe(process.stderr, { end: false });
    if (stdout === null) throw new Error('The bare worker has no stdout.');
    const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    const queue = bareQueue(stack, options.queue);
    await stack.addRelease(() => queue.close());
    const bare = new BareBullMq(queue, options.batch, lines, signal);
    await bare.#next();
    return bare;
  }

  /** Milliseconds from adding one batch of jobs to the completion of the last. */
  async runBatch(): Promise<number> {
    const askedAtMs = Date.now();
    await this.#queue.addBulk(bareJobs(this.#batch));
    const { doneAtMs = Number.NaN } = await this.#next();
    return doneAtMs - askedAtMs;
  }

  async #next(): Promise<z.infer<typeof LineSchema>> {
    const { value, done } = await untilAborted(this.#lines.next(), this.#signal);
    if (done) throw new Error('The bare worker has ended.');
    return LineSchema.parse(JSON.parse(value));
  }
}

export function bareQueue(stack: BenchStack, name: string): Queue<BareJob> {
  const streams = { events: { maxLen: 1_000 } };
  return new Queue<BareJob>(name, { connection: stack.redis, prefix: PREFIX, streams });
}

/** What our own queue would be given for as many dates. */
export function bareJobs(count: number) {
  return daysOf(count).map((position_date) => ({
    name: position_date,
    data: { v: 1 as const, backfill_id: BACKFILL_ID, position_date, attempt: 1 },
    opts: { ...JOB_OPTIONS },
  }));
}
