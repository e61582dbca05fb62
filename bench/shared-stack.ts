import { BackfillListSchema } from '../bin/rest-answers.ts';
import type { BenchJob } from './bench-job.ts';
import { BenchStack, type StackOptions } from './stack.ts';
import type { BenchRun } from './suite.ts';

/** More than all suites ask for. */
const MOST_LISTED = 100;

/**
 * The one stack of the short form, lent to one suite after the other: starting a stack costs more than all that a
 * suite does in the short form. Suites are kept apart by their jobs and by what is forgotten between two loans, not
 * by processes; so figures carry traces of the suites before, and the default budget of requests is not kept.
 */
export class SharedStack {
  readonly #jobs: readonly BenchJob[];
  #stack: BenchStack | null = null;

  /** @param jobs Those of all suites: web and workers read their settings when they start. */
  constructor(jobs: readonly BenchJob[]) {
    this.#jobs = jobs;
  }

  /** Starts the stack for the first borrower; each finds the workers it asks for, no run and an empty ledger. */
  async lend<T>(
    { workers }: StackOptions,
    run: BenchRun,
    work: (stack: BenchStack) => Promise<T>,
  ): Promise<T> {
    this.#stack ??= await BenchStack.start({ jobs: this.#jobs, workers }, run);
    await cancelAll(this.#stack, run.signal);
    await this.#stack.fleet.resize(workers);
    await this.#stack.emulator.forget();
    const stack = this.#stack.borrowed();
    try {
      return await work(stack);
    } finally {
      await stack.stop();
    }
  }

  async stop(): Promise<void> {
    await this.#stack?.stop();
  }
}

/** Whatever the borrower before has left unfinished, such as runs that never end or dates that may not start. */
async function cancelAll(stack: BenchStack, signal: AbortSignal): Promise<void> {
  const { items } = BackfillListSchema.parse(await stack.web.get('/api/backfills', { limit: MOST_LISTED }));
  const unfinished = items.filter(({ finished_at }) => !finished_at);
  for (const { id } of unfinished) await stack.web.post(`/api/backfills/${id}/cancel`, { runs: 'cancel' });
  for (const { id } of unfinished) await stack.until(id, ({ finished_at }) => Boolean(finished_at), signal);
}
