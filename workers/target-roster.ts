import type { Service } from '../src/lifecycle/service.ts';
import { Alarm } from './alarm.ts';
import { TargetWorker, type TargetWorkerParts } from './target-worker.ts';

const LOOK_INTERVAL_MS = 1_000;

/** Opens a {@link TargetWorker} for every target job that ever was backfilled, as they appear. */
export class TargetRoster implements Service {
  readonly #parts: Omit<TargetWorkerParts, 'jobId'>;
  readonly #lookIntervalMs: number;
  readonly #stopping = new AbortController();
  readonly #workers = new Map<string, TargetWorker>();
  readonly #alarm = new Alarm();
  /** Why a job could not be opened, told once however often it is tried. */
  readonly #told = new Map<string, string>();
  #looking: Promise<void> | null = null;

  constructor(parts: Omit<TargetWorkerParts, 'jobId'>, lookIntervalMs = LOOK_INTERVAL_MS) {
    this.#parts = parts;
    this.#lookIntervalMs = lookIntervalMs;
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

  /** A backfill of this job is about to run: its dates need not wait for the next look. */
  expect(jobId: string): void {
    if (!this.#workers.has(jobId)) this.#alarm.ring();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#alarm.ring();
    // First those that have dates: one that is being opened may wait for the workspace.
    await this.#stopAll();
    await this.#looking;
    await this.#stopAll();
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }

  /** Cuts the connections to Redis without a farewell, for a stop that cannot reach it. */
  disconnect(): void {
    for (const worker of this.#workers.values()) worker.disconnect();
  }

  async #loop(): Promise<void> {
    for (;;) {
      await this.#alarm.pause(this.#lookIntervalMs);
      if (this.#stopping.signal.aborted) return;
      await this.#look().catch((error) =>
        this.#parts.facts.emit({ type: 'service.failed', service: 'roster', error }),
      );
    }
  }

  async #open(jobId: string): Promise<void> {
    const worker = new TargetWorker({ ...this.#parts, jobId });
    // Before it has started, so that a stop meanwhile reaches it.
    this.#workers.set(jobId, worker);
    try {
      await worker.start();
    } catch (error) {
      this.#workers.delete(jobId);
      await worker.stop();
      throw error;
    }
  }

  #tellFailure(jobId: string, error: unknown): void {
    if (this.#told.get(jobId) === String(error)) return;
    this.#told.set(jobId, String(error));
    this.#parts.facts.emit({ type: 'service.failed', service: 'roster', error });
  }

  async #look(): Promise<void> {
    for (const jobId of await this.#parts.dispatcher.targets()) {
      if (this.#stopping.signal.aborted) return;
      if (this.#workers.has(jobId)) continue;
      // A job that cannot be opened now keeps no other one waiting.
      await this.#open(jobId).catch((error) => this.#tellFailure(jobId, error));
    }
  }
}
