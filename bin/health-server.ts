import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { placeOf } from '../dashboard/access/client-place.ts';
import type { ApiToken } from '../src/config/config.ts';
import { isLoopback } from '../src/config/config-rules.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import type { Service } from '../src/lifecycle/service.ts';

/** How many wrong tokens an address may send; as web has it. */
const WRONG_TOKENS = { points: 20, duration: 600 };

export interface HealthServerOptions {
  readonly bind: string;
  readonly port: number;
  /** Where there are any, /metrics asks for one of them; without, it answers on loopback only. */
  readonly tokens: readonly ApiToken[];
  readonly metrics: Registry;
}

/** Answers `GET /healthz` and `GET /metrics` of a process that serves nothing else. */
export class HealthServer implements Service {
  readonly #bind: string;
  readonly #port: number;
  readonly #tokens: readonly ApiToken[];
  readonly #metrics: Registry;
  readonly #wrongTokens = new RateLimiterMemory(WRONG_TOKENS);
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
    else {
      const refusal = await this.#refusal(request);
      if (refusal !== null) {
        const { status, headers, ...body } = refusal;
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        json(status, body);
        return;
      }
      response
        .writeHead(200, { 'content-type': this.#metrics.contentType })
        .end(await this.#metrics.metrics());
    }
  }

  /** Why /metrics is not told, or null. */
  async #refusal({ headers, socket }: IncomingMessage): Promise<Refusal | null> {
    if (this.#tokens.length === 0) {
      if (isLoopback(this.#bind)) return null;
      const message =
        'Without tokens, metrics are told on loopback only. Set BACKFILL_API_TOKENS for the worker too, or BACKFILL_BIND=127.0.0.1.';
      return { status: 403, headers: {}, code: 'forbidden', message };
    }
    const place = placeOf(socket.remoteAddress ?? '');
    const counted = await this.#wrongTokens.get(place);
    // A right token, too: it may have been guessed.
    if (counted !== null && counted.remainingPoints <= 0) return tooMany(counted);
    const { authorization = '' } = headers;
    if (this.#lets(authorization)) return null;
    if (authorization !== '') {
      try {
        await this.#wrongTokens.consume(place);
      } catch (thrown) {
        if (thrown instanceof RateLimiterRes) return tooMany(thrown);
        throw thrown;
      }
    }
    const message =
      'A token is needed. Send `Authorization: Bearer <token>` with one of BACKFILL_API_TOKENS.';
    return { status: 401, headers: { 'www-authenticate': 'Bearer' }, code: 'unauthenticated', message };
  }

  /** Every token is compared, and digests have one length: time tells nothing. */
  #lets(authorization: string): boolean {
    const given = digestOf(/^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
    const matching = this.#tokens.filter(({ token }) => timingSafeEqual(digestOf(token.reveal()), given));
    return matching.length > 0;
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

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly code: string;
  readonly message: string;
}

function tooMany({ msBeforeNext }: RateLimiterRes): Refusal {
  const seconds = String(Math.max(1, Math.ceil(msBeforeNext / 1_000)));
  const message = `Too many wrong tokens came from here. Try again in ${seconds} s.`;
  return { status: 429, headers: { 'retry-after': seconds }, code: 'too_many_requests', message };
}
