import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { untilAborted } from './until-aborted.ts';

/** Opening all at once would fill the server's queue of connections. */
const OPENED_AT_ONCE = 50;
/** The last event of a round, whose id tells when the newest change in it was made. */
const ROUND_END = /^id: (\d+)-\d+\nevent: backfill$/m;

/** Browsers that follow one backfill, each on a connection of its own. */
export class EventClients {
  /** From a change in Redis to its arrival at a client, over all clients and all rounds since the first. */
  readonly delaysMs: number[] = [];
  readonly #agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });

  private constructor() {}

  /** Resolves when every client has been answered. */
  static async open(url: string, count: number, signal: AbortSignal): Promise<EventClients> {
    const clients = new EventClients();
    try {
      for (let opened = 0; opened < count; opened += OPENED_AT_ONCE) {
        const some = Math.min(OPENED_AT_ONCE, count - opened);
        await untilAborted(Promise.all(Array.from({ length: some }, () => clients.#open(url))), signal);
      }
      return clients;
    } catch (failure) {
      clients.close();
      throw failure;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #open(url: string): Promise<void> {
    const request = get(url, { agent: this.#agent, headers: { accept: 'text/event-stream' } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}.`);
    // What is cut off by `close` is no failure.
    request.on('error', () => {});
    response.on('error', () => {});
    this.#follow(response);
  }

  #follow(response: IncomingMessage): void {
    let [rest, rounds] = ['', 0];
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const changedMs = ROUND_END.exec(event)?.[1];
        if (changedMs === undefined) continue;
        rounds += 1;
        // The first round tells what there was before.
        if (rounds > 1) this.delaysMs.push(Date.now() - Number(changedMs));
      }
    });
  }
}
