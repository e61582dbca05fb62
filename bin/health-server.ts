import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { Service } from '../src/lifecycle/service.ts';

/** Answers `GET /healthz` of a process that serves nothing else, for container health checks. */
export class HealthServer implements Service {
  readonly #bind: string;
  readonly #port: number;
  #server: Server | null = null;

  constructor({ bind, port }: { bind: string; port: number }) {
    this.#bind = bind;
    this.#port = port;
  }

  /** Where it answers; null before the start. */
  get url(): string | null {
    const address = this.#server?.address();
    if (address === null || typeof address !== 'object') return null;
    return `http://${this.#bind.includes(':') ? `[${this.#bind}]` : this.#bind}:${address.port}/healthz`;
  }

  /** @throws BackfillError `configuration_invalid` when the port is taken. */
  async start(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((request, response) => {
      const known = request.method === 'GET' && request.url === '/healthz';
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(known ? { status: 'ok' } : { code: 'not_found', message: 'Ask /healthz.' }),
      );
    });
    try {
      await once(server.listen(this.#port, this.#bind), 'listening');
    } catch (cause) {
      throw new BackfillError(
        'configuration_invalid',
        `Cannot listen on ${this.#bind}:${this.#port} (BACKFILL_WORKER_PORT). Choose a free port.`,
        { cause },
      );
    }
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}
