import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Connections for statements that run at the same time; a statement waits when all are taken. */
export class ConnectionPool {
  readonly #instance: DuckDBInstance;
  readonly #size: number;
  readonly #idle: DuckDBConnection[] = [];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #opened = 0;
  #taken = 0;
  #drained: (() => void) | null = null;

  constructor(instance: DuckDBInstance, size: number) {
    this.#instance = instance;
    this.#size = size;
  }

  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    try {
      return await work(connection);
    } finally {
      this.#give(connection);
    }
  }

  /** Waits for the running statements, then disconnects. */
  async close(): Promise<void> {
    if (this.#taken > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    for (const connection of this.#idle.splice(0)) connection.closeSync();
  }

  async #take(): Promise<DuckDBConnection> {
    this.#taken += 1;
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#opened < this.#size) {
      this.#opened += 1;
      return this.#instance.connect();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(connection: DuckDBConnection) {
    this.#taken -= 1;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting(connection);
    this.#idle.push(connection);
    if (this.#taken === 0) this.#drained?.();
  }
}
