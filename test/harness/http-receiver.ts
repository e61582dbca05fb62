import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body read as JSON. */
  readonly json: Record<string, unknown>;
}

/** How the next request is answered: with this status, not until {@link HttpReceiver.release}, or by a closed connection. */
export type Reply = number | 'hold' | 'reset';

const PATIENCE_MS = 20_000;
const LOOK_INTERVAL_MS = 20;

/**
 * A server that keeps what it is sent. It answers 202 unless told otherwise, and repeats the path in its answer
 * as Express does, so that a secret there may come back. Close it in afterEach.
 */
export class HttpReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly #replies: Reply[] = [];
  readonly #held: ((reply: number | 'reset') => void)[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(port = 0): Promise<HttpReceiver> {
    const receiver = new HttpReceiver();
    await once(receiver.#server.listen(port, '127.0.0.1'), 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How the next requests are answered, in order. */
  reply(...replies: Reply[]): void {
    this.#replies.push(...replies);
  }

  /** Answers the requests that are held. */
  release(reply: number | 'reset'): void {
    for (const answer of this.#held.splice(0)) answer(reply);
  }

  /** Waits until as many have come as wanted, and answers them. */
  async received(count: number, of: (request: ReceivedRequest) => boolean = () => true) {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.requests.filter(of).length < count) {
      if (Date.now() > deadline) throw new Error(`Waited in vain for ${count}: ${this.#heard()}`);
      await pause(LOOK_INTERVAL_MS);
    }
    return this.requests.filter(of);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const reply = this.#replies.shift() ?? 202;
    this.requests.push({ path: request.url ?? '', headers: request.headers, text, json: JSON.parse(text) });
    const answer = (answered: number | 'reset') => {
      if (answered === 'reset') return void request.socket.destroy();
      response.writeHead(answered, { 'content-type': 'text/plain' });
      response.end(`Cannot ${request.method} ${request.url}`);
    };
    if (reply === 'hold') this.#held.push(answer);
    else answer(reply);
  }

  #heard(): string {
    return JSON.stringify(this.requests.map(({ path, text }) => ({ path, text })));
  }
}
