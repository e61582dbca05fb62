import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** One answer of the scripted workspace. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string as it is. */
  body?: unknown;
  /** Cuts the connection instead of answering. */
  reset?: true;
  /** Never answers. */
  hold?: true;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
  body: string;
}

type Handler = (request: SeenRequest, raw: Buffer, response: ServerResponse) => Promise<void>;

/**
 * A real HTTPS server with a certificate of its own authority, which answers each path with what a test
 * told it, in order; the last answer serves for ever. For wire details that a working workspace never shows.
 */
export class ScriptedWorkspace {
  readonly url: string;
  /** PEM of the authority to trust. */
  readonly caCert: string;
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #answers = new Map<string, Answer[]>();
  readonly #watchers = new Map<string, () => void>();
  readonly #handlers = new Map<string, Handler>();

  private constructor(server: Server, caCert: string) {
    this.#server = server;
    this.caCert = caCert;
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((failure) => response.destroy(failure));
    });
  }

  static async start(): Promise<ScriptedWorkspace> {
    const { cert, key } = await certificate();
    const server = createServer({ cert, key });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    return new ScriptedWorkspace(server, cert);
  }

  /** Sets what a path answers from now on. */
  answer(path: string, ...answers: Answer[]): void {
    this.#answers.set(path, answers);
  }

  /** Hands a path to code of the test. */
  handle(path: string, handler: Handler): void {
    this.#handlers.set(path, handler);
  }

  to(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Resolves when the next request to this path has arrived. */
  seen(path: string): Promise<void> {
    return new Promise((resolve) => this.#watchers.set(path, resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', this.url);
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: raw.toString(),
    };
    this.requests.push(seen);
    this.#watchers.get(seen.path)?.();
    const handler = this.#handlers.get(seen.path);
    if (handler !== undefined) return handler(seen, raw, response);
    const script = this.#answers.get(seen.path) ?? [{ status: 501, body: `No answer for ${seen.path}` }];
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? {};
    send(answer, response);
  }
}

function send(answer: Answer, response: ServerResponse): void {
  if (answer.hold) return;
  if (answer.reset) {
    response.socket?.destroy();
    return;
  }
  const isText = typeof answer.body === 'string';
  const type = isText ? 'text/plain' : 'application/json';
  response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers });
  if (answer.body === undefined) response.end();
  else response.end(isText ? answer.body : JSON.stringify(answer.body));
}

function certificate(): Promise<{ cert: string; private: string; key: string }> {
  return generate([{ name: 'commonName', value: 'Scripted workspace' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  }).then((issued) => ({ ...issued, key: issued.private }));
}
