import { pino } from 'pino';
import { WebServer } from '../../dashboard/web-server.ts';
import type { BackfillView } from '../../queues/plan/backfill-view.ts';
import { FactBus } from '../../src/facts/fact-bus.ts';
import { type Reply, send } from '../dashboard/running-web.ts';
import type { Fleet } from './fleet.ts';

/** The web process beside the workers of a fleet. Close it before the fleet. */
export class FleetWeb {
  readonly #server: WebServer;

  private constructor(server: WebServer) {
    this.#server = server;
  }

  static async open({ config }: Fleet): Promise<FleetWeb> {
    const logger = pino({ level: 'silent' });
    const web = { ...config.web, port: 0 };
    const server = new WebServer({ config: { ...config, web }, facts: new FactBus(), logger });
    await server.start();
    return new FleetWeb(server);
  }

  get url(): string {
    return this.#server.url;
  }

  get(path: string): Promise<Reply> {
    return send(`${this.url}${path}`, {});
  }

  post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Reply> {
    return send(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Sweeps, and answers what it started. */
  async sweep(body: object): Promise<BackfillView[]> {
    const { status, json, text } = await this.post('/api/retries', body);
    if (status !== 202) throw new Error(`POST /api/retries: ${status} ${text}`);
    return json.items as BackfillView[];
  }

  close(): Promise<void> {
    return this.#server.stop();
  }
}
