import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import { z } from 'zod';

const LedgerSchema = z.object({
  requests: z.record(z.string(), z.number()),
  statements: z.record(z.string(), z.number()),
});

/** What the emulator has counted: requests by method and path, SQL statements of clients by first word. */
export type Ledger = z.infer<typeof LedgerSchema>;

/** The control calls of the emulator that a bench needs. */
export class EmulatorControl {
  readonly #url: string;
  readonly #agent: Agent;

  private constructor(url: string, agent: Agent) {
    this.#url = url;
    this.#agent = agent;
  }

  static async open(url: string, caFile: string): Promise<EmulatorControl> {
    return new EmulatorControl(url, new Agent({ connect: { ca: await readFile(caFile, 'utf8') } }));
  }

  /** Every run takes this long from now on, from its first moment to its last. */
  async setRunDuration(runDurationMs: number): Promise<void> {
    const body = { run_duration_ms: { min: runDurationMs, max: runDurationMs }, start_delay_ms: 0 };
    await this.#call('POST', '/_local/config', body);
  }

  async ledger(): Promise<Ledger> {
    return LedgerSchema.parse(await this.#call('GET', '/_local/ledger'));
  }

  async clearLedger(): Promise<void> {
    await this.#call('DELETE', '/_local/ledger');
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      dispatcher: this.#agent,
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${await response.text()}`);
    return response.json();
  }
}
