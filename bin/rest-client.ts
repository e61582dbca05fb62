import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import type { Config } from '../src/config/config.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';
import { ERROR_TABLE, type ErrorCode } from '../src/errors/error-table.ts';

/** Longer than the web process itself waits for a sleeping warehouse (90 s). */
const ANSWER_DEADLINE_MS = 100_000;

const ErrorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).default({}),
});

/** A list is sent as the same name several times; what is not asked is left out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | false | undefined>>;

export interface ServerEvent {
  readonly id: string | null;
  readonly name: string;
  readonly data: unknown;
}

/**
 * Calls the REST API of the web process. Bodies come as they are, for `--json`; whoever reads them checks
 * them with a schema. Every call throws BackfillError: the code of the answer, or `web_unavailable`.
 */
export class RestClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(cli: Config['cli']) {
    this.url = cli.url.replace(/\/+$/, '');
    this.#headers = cli.token === null ? {} : { authorization: `Bearer ${cli.token.reveal()}` };
  }

  async get(path: string, query: Query = {}): Promise<unknown> {
    return bodyOf(await this.#send('GET', path, { query }));
  }

  /** The same with the time that the answer is from, for a body that does not say it. */
  async getDated(path: string, query: Query = {}): Promise<{ body: unknown; asOf: string }> {
    const response = await this.#send('GET', path, { query });
    const ageMs = Number(response.headers.get('age') ?? 0) * 1000;
    return { body: await bodyOf(response), asOf: new Date(Date.now() - ageMs).toISOString() };
  }

  async post(
    path: string,
    body: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return bodyOf(await this.#send('POST', path, { body, headers }));
  }

  async patch(path: string, body: object): Promise<unknown> {
    return bodyOf(await this.#send('PATCH', path, { body }));
  }

  /** Server-sent events after `lastEventId`, until the server or `signal` ends them. */
  async *events(path: string, lastEventId: string | null, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId !== null && { 'last-event-id': lastEventId }),
    };
    const response = await this.#send('GET', path, { headers, signal });
    if (response.body === null) return;
    const text = response.body.pipeThrough(new TextDecoderStream());
    for await (const { id, event, data } of text.pipeThrough(new EventSourceParserStream())) {
      yield { id: id ?? null, name: event ?? 'message', data: JSON.parse(data) };
    }
  }

  async #send(
    method: string,
    path: string,
    {
      query = {},
      body,
      headers = {},
      signal = AbortSignal.timeout(ANSWER_DEADLINE_MS),
    }: { query?: Query; body?: object; headers?: Readonly<Record<string, string>>; signal?: AbortSignal },
  ): Promise<Response> {
    const url = new URL(`${this.url}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined || value === false) continue;
      for (const one of [value].flat()) url.searchParams.append(name, String(one));
    }
    const request = {
      method,
      signal,
      headers: { ...this.#headers, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    };
    const response = await fetch(url, request).catch((cause) => {
      throw this.#unavailable(cause);
    });
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  #unavailable(cause: unknown): BackfillError {
    return new BackfillError(
      'web_unavailable',
      `The web process at ${this.url} does not answer. Start it with "backfill web", or set BACKFILL_URL to where it runs.`,
      { cause },
    );
  }

  async #refusal(response: Response): Promise<BackfillError> {
    const body = ErrorBodySchema.safeParse(await bodyOf(response).catch(() => null));
    if (!body.success) {
      return new BackfillError(
        'internal_error',
        `${this.url} answered with status ${response.status}, and not as the web process of databricks-backfill does. Check BACKFILL_URL.`,
      );
    }
    const { code, message, details } = body.data;
    const hint =
      code === 'unauthenticated' ? ' Set BACKFILL_TOKEN to a token that the web process knows.' : '';
    return new BackfillError(isErrorCode(code) ? code : 'internal_error', `${message}${hint}`, { details });
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  return response.json();
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}
