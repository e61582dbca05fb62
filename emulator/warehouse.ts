import { setTimeout as sleep } from 'node:timers/promises';

export type WarehouseState = 'STOPPED' | 'STARTING' | 'RUNNING';

/** The one SQL warehouse. It starts by itself when a statement comes, as a serverless one does. */
export class Warehouse {
  readonly id = 'local';
  readonly name = 'Local warehouse';
  readonly #startMs: () => number;
  #state: WarehouseState = 'RUNNING';
  #starting: Promise<void> | null = null;

  constructor(startMs: () => number) {
    this.#startMs = startMs;
  }

  get state(): WarehouseState {
    return this.#state;
  }

  /** Resolves when it runs. A stop while it starts wins. */
  start(): Promise<void> {
    if (this.#state === 'RUNNING') return Promise.resolve();
    this.#state = 'STARTING';
    this.#starting ??= sleep(this.#startMs(), undefined, { ref: false }).then(() => {
      this.#starting = null;
      if (this.#state === 'STARTING') this.#state = 'RUNNING';
    });
    return this.#starting;
  }

  stop(): void {
    this.#state = 'STOPPED';
  }
}
