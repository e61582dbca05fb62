import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { ApiToken } from '../src/config/config.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { Service } from '../src/lifecycle/service.ts';

export interface HealthServerOptions {
  readonly bind: string;
  readonly port: number;
  /** Where there are any, /metrics asks for one of them. */
  readonly tokens: readonly ApiToken[];
  readonly metrics: Registry;
}

/** Answers `GET /healthz` and `GET /metrics` of a process that serves nothing else. */
export class HealthServer implements Service {
  readonly #bind: string;
  readonly #port: number;
  readonly #tokens: readonly ApiToken[];
  readonly #metrics: Registry;
  #server: Server | null = null;

  constructor({ bind, port, tokens, metrics }: HealthServerOptions) {
    this.#bind = bind;
    this.#port = port;
    this.#tokens = tokens;
    this.#metrics = metrics;
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
    const server = createServer((request, response) => void this.#answer(request, response));
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const asked = request.method === 'GET' ? request.url : null;
    if (asked === '/healthz') json(200, { status: 'ok' });
    else if (asked !== '/metrics') json(404, { code: 'not_found', message: 'Ask /healthz or /metrics.' });
    else if (!this.#lets(request.headers.authorization ?? '')) {
      const message =
        'A token is needed. Send `Authorization: Bearer <token>` with one of BACKFILL_API_TOKENS.';
      response.setHeader('www-authenticate', 'Bearer');
      json(401, { code: 'unauthenticated', message });
    } else {
      response
        .writeHead(200, { 'content-type': this.#metrics.contentType })
        .end(await this.#metrics.metrics());
    }
  }

  /** Every token is compared, and digests have one length: time tells nothing. */
  #lets(authorization: string): boolean {
    const given = digestOf(/^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
    const matching = this.#tokens.filter(({ token }) => timingSafeEqual(digestOf(token.reveal()), given));
    return this.#tokens.length === 0 || matching.length > 0;
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

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
