import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import { type Ledger, LedgerSchema } from './ledger.ts';

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

  /** Every run that starts from now on takes this long, more or less by up to that share of it. */
  async setRunSeconds(seconds: number, spread = 0): Promise<void> {
    const ms = (factor: number) => Math.round(seconds * 1_000 * factor);
    const duration = { min: ms(1 - spread), max: ms(1 + spread) };
    await this.#call('POST', '/_local/config', { run_duration_ms: duration, start_delay_ms: 0 });
  }

  async ledger(): Promise<Ledger> {
    return LedgerSchema.parse(await this.#call('GET', '/_local/ledger'));
  }

  /** Forgets what was counted and the runs that have ended: they would slow down what is measured next. */
  async forget(): Promise<void> {
    await this.#call('DELETE', '/_local/ledger');
    await this.#call('DELETE', '/_local/runs');
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
