import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawAnswer } from './call.ts';
import type { ServerCertificate } from './certificate.ts';
import { dispatch, jsonAnswer } from './dispatch.ts';
import { errorBody, type Fault, handlerRuns } from './local/fault-rule.ts';
import { Router } from './router.ts';
import { ROUTES } from './routes.ts';
import type { Workspace } from './workspace.ts';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The one HTTPS origin of the workspace: reads requests, lets faults act on them, sends answers. */
export class Server {
  readonly #workspace: Workspace;
  readonly #router = new Router(ROUTES);
  readonly #https: HttpsServer;

  constructor(workspace: Workspace, { certificate, privateKey }: ServerCertificate) {
    this.#workspace = workspace;
    this.#https = createServer({ cert: certificate, key: privateKey }, (request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
    // Clients keep connections for a minute or so; one closed under them looks like a lost answer.
    this.#https.keepAliveTimeout = 120_000;
  }

  /** Resolves to the port. Rejects where the port is taken. */
  async listen(port: number, bind: string): Promise<number> {
    this.#https.listen(port, bind);
    await once(this.#https, 'listening');
    return (this.#https.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#https.listening) return;
    const closed = once(this.#https, 'close');
    this.#https.close();
    this.#https.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = `https://${request.headers.host ?? 'localhost'}`;
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', origin);
    const { method = 'GET', headers } = request;
    const body = await readAll(request);
    if (body === null) {
      const message = `The request body exceeds ${MAX_BODY_BYTES} bytes.`;
      return send(response, jsonAnswer(413, { error_code: 'MAX_REQUEST_SIZE_EXCEEDED', message }));
    }
    const answer = () =>
      dispatch(this.#router, { method, path, query, headers, body, origin }, this.#workspace);
    if (path.startsWith('/_local/')) return send(response, await answer());

    this.#workspace.ledger.recordRequest(method, path);
    const fault = this.#workspace.faults.take(method, path);
    if (fault === null) return send(response, await answer());
    await this.#serveFaulty(fault, answer, response);
  }

  /** The order of events under a fault; its rules are told where the fault is defined. */
  async #serveFaulty(
    fault: Fault,
    answer: () => Promise<RawAnswer>,
    response: ServerResponse,
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const real = handlerRuns(fault) ? await answer() : null;
    await sleep(fault.latency_ms, undefined, { signal: gone.signal }).catch(() => {});
    if (fault.hold) await this.#workspace.faults.hold(gone.signal);
    if (fault.status !== undefined) return send(response, faultAnswer(fault, fault.status));
    if (real === null || fault.reset !== undefined) response.socket?.destroy();
    else send(response, real);
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? null : Buffer.concat(chunks);
}

const JSON_TYPE = 'application/json';

function faultAnswer(fault: Fault, status: number): RawAnswer {
  const { body, headers } =
    fault.body === undefined
      ? jsonAnswer(status, errorBody(fault, status))
      : {
          body: fault.body,
          headers: { 'content-type': fault.body.startsWith('{') ? JSON_TYPE : 'text/html' },
        };
  const retryAfter = fault.retry_after === undefined ? {} : { 'retry-after': String(fault.retry_after) };
  return new RawAnswer(status, { ...headers, ...retryAfter }, body);
}

function send(response: ServerResponse, { status, headers, body }: RawAnswer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
