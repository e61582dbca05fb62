import type { Service } from '../src/lifecycle/service.ts';
import { pause } from './pause.ts';
import { TargetWorker, type TargetWorkerParts } from './target-worker.ts';

const LOOK_INTERVAL_MS = 1_000;

/** Opens a {@link TargetWorker} for every target job that ever was backfilled, as they appear. */
export class TargetRoster implements Service {
  readonly #parts: Omit<TargetWorkerParts, 'jobId'>;
  readonly #stopping = new AbortController();
  readonly #workers = new Map<string, TargetWorker>();
  #looking: Promise<void> | null = null;

  constructor(parts: Omit<TargetWorkerParts, 'jobId'>) {
    this.#parts = parts;
  }

  /** Dates in the hands of this process. */
  get held(): number {
    return [...this.#workers.values()].reduce((sum, worker) => sum + worker.held, 0);
  }

  async start(): Promise<void> {
    if (this.#looking !== null || this.#stopping.signal.aborted) return;
    await this.#look();
    this.#looking = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }

  /** Cuts the connections to Redis without a farewell, for a stop that cannot reach it. */
  disconnect(): void {
    for (const worker of this.#workers.values()) worker.disconnect();
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await pause(LOOK_INTERVAL_MS, this.#stopping.signal).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      await this.#look().catch((error) =>
        this.#parts.facts.emit({ type: 'service.failed', service: 'roster', error }),
      );
    }
  }

  async #look(): Promise<void> {
    for (const jobId of await this.#parts.dispatcher.targets()) {
      if (this.#workers.has(jobId)) continue;
      const worker = new TargetWorker({ ...this.#parts, jobId });
      this.#workers.set(jobId, worker);
      await worker.start();
    }
  }
}
