import { constants } from 'node:os';
import { ReleaseStack } from '../src/lifecycle/release-stack.ts';
import { describeFailure, exitCodeOf } from './failure.ts';

const NATURAL_EXIT_MS = 1_000;

/** More than a worker needs to hand over (3 s), less than a container is given to stop (15 s). */
const RELEASE_DEADLINE_MS = 10_000;

/**
 * Runs a command to its end and exits with its code: 0 done, 1 failed, 2 used or configured wrongly.
 * Whatever it throws, also where nobody waits, ends as one sentence on stderr.
 */
export async function runToExit(command: () => Promise<number>): Promise<void> {
  const fail = (thrown: unknown) => {
    process.stderr.write(`${describeFailure(thrown, process.env.LOG_LEVEL)}\n`);
    return exitCodeOf(thrown);
  };
  const failLate = (thrown: unknown) => process.exit(fail(thrown));
  process.on('uncaughtException', failLate);
  process.on('unhandledRejection', failLate);
  process.stdout.on('error', endQuietlyWhenUnread);
  process.exitCode = await command().catch(fail);
  // What is left open keeps the process alive, but the alarm does not.
  setTimeout(() => process.exit(), NATURAL_EXIT_MS).unref();
}

/** `backfill list | head` closes our stdout early: that is no failure. */
function endQuietlyWhenUnread(failure: NodeJS.ErrnoException): void {
  if (failure.code === 'EPIPE') process.exit(0);
  throw failure;
}

/** What a service process is given when it starts. */
export interface Serving {
  /** Register the release of what was acquired; run in reverse order at the end. */
  readonly resources: ReleaseStack;
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly stopping: AbortSignal;
}

/**
 * Starts something that runs until a signal: the first SIGTERM or SIGINT releases everything, also what a
 * start still under way takes, and ends with 0; the second ends the process at once with 128 + its number.
 *
 * @param start May answer a promise of an exit code, for what can end by itself.
 */
export async function serve(
  start: (serving: Serving) => Promise<{ ended: Promise<number> } | undefined>,
): Promise<number> {
  const signals = new StopSignals();
  const resources = new ReleaseStack();
  try {
    const stopped = untilAborted(signals.stopping).then(() => 0);
    const work = start({ resources, stopping: signals.stopping }).then(
      (started) => started?.ended ?? stopped,
    );
    return await Promise.race([stopped, work]);
  } finally {
    // The signals stay ours during the release, so that the second one still ends it.
    const alarm = setTimeout(exitUnreleased, RELEASE_DEADLINE_MS);
    await resources.release();
    clearTimeout(alarm);
    signals.dispose();
  }
}

/** What we close may wait for a Redis that has gone: a process that was told to stop must not hang on it. */
function exitUnreleased(): never {
  process.stderr.write('backfill: Not everything could be closed in 10 s; ending all the same.\n');
  process.exit(1);
}

class StopSignals {
  readonly #controller = new AbortController();
  readonly #listener = (signal: NodeJS.Signals) => {
    if (this.#controller.signal.aborted) process.exit(128 + constants.signals[signal]);
    this.#controller.abort(signal);
  };

  constructor() {
    process.on('SIGTERM', this.#listener);
    process.on('SIGINT', this.#listener);
  }

  get stopping(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    process.off('SIGTERM', this.#listener);
    process.off('SIGINT', this.#listener);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // An abort signal does not keep the process alive; whatever serves does.
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
