import type { z } from 'zod';
import { BackfillError } from '../errors/backfill-error.ts';
import { type Exchange, readAnswer, unreadable } from './answer.ts';
import type { Credentials } from './credentials.ts';
import { withDeadline } from './deadline.ts';
import { toJson } from './json.ts';
import { NO_BUDGET, type RequestBudget } from './request-budget.ts';
import { mayRetryRequest } from './request-retry.ts';
import { retryWithin } from './retry.ts';
import type { HttpAnswer, HttpRequest, WorkspaceConnection } from './workspace-connection.ts';

export interface CallOptions {
  /** Stops waiting at once; the call then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long failures that may pass are tried again, instead of the client's `retryWindowMs`. */
  retryWindowMs?: number | undefined;
}

type QueryValue = string | number | boolean | undefined;

interface Post {
  path: string;
  body: Readonly<Record<string, unknown>>;
  /** Whether it may arrive twice. */
  idempotent: boolean;
}

/** Calls of one workspace: credentials, budget, retries, and answers checked against a schema. */
export class RestClient {
  readonly #connection: WorkspaceConnection;
  readonly #credentials: Credentials;
  readonly #retryWindowMs: number;
  readonly #budget: RequestBudget;

  constructor(
    connection: WorkspaceConnection,
    credentials: Credentials,
    retryWindowMs: number,
    budget: RequestBudget = NO_BUDGET,
  ) {
    this.#connection = connection;
    this.#credentials = credentials;
    this.#retryWindowMs = retryWindowMs;
    this.#budget = budget;
  }

  get<Schema extends z.ZodType>(
    path: string,
    query: Readonly<Record<string, QueryValue>>,
    schema: Schema,
    options: CallOptions = {},
  ): Promise<z.output<Schema>> {
    const request = { method: 'GET', path, query: given(query), headers: {} } as const;
    return this.#call(request, true, bodyReader(schema), options);
  }

  /** A header of the answer to a GET, or null when the answer has none of that name. */
  getHeader(path: string, name: string, options: CallOptions = {}): Promise<string | null> {
    const read = (answer: HttpAnswer, exchange: Exchange) => {
      readAnswer(answer, exchange);
      return answer.headers.get(name);
    };
    return this.#call({ method: 'GET', path, headers: {} }, true, read, options);
  }

  post<Schema extends z.ZodType>(
    { path, body, idempotent }: Post,
    schema: Schema,
    options: CallOptions = {},
  ): Promise<z.output<Schema>> {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', path, headers, body: toJson(body) } as const;
    return this.#call(request, idempotent, bodyReader(schema), options);
  }

  #call<T>(
    request: HttpRequest,
    idempotent: boolean,
    read: AnswerReader<T>,
    { signal, retryWindowMs = this.#retryWindowMs }: CallOptions,
  ): Promise<T> {
    const mayRetry = (error: BackfillError) => mayRetryRequest(error, { method: request.method, idempotent });
    const leave = () => this.#budget.take({ urgent: request.method === 'POST', signal });
    return retryWithin({ windowMs: retryWindowMs, mayRetry, signal, leave }, async () => {
      const authorization = await this.#authorization(signal);
      try {
        return await this.#try(request, authorization, read, signal);
      } catch (thrown) {
        const refused = thrown instanceof BackfillError && thrown.code === 'workspace_unauthenticated';
        if (!refused || !this.#credentials.renew(authorization)) throw thrown;
        await leave();
        return this.#try(request, await this.#authorization(signal), read, signal);
      }
    });
  }

  /** A caller that gives up leaves a token refresh to the others that wait for it. */
  #authorization(signal: AbortSignal | undefined): Promise<string> {
    return withDeadline({ deadlineMs: null, signal }, () => this.#credentials.authorization());
  }

  async #try<T>(
    request: HttpRequest,
    authorization: string,
    read: AnswerReader<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const headers = { ...request.headers, authorization };
    const answer = await this.#connection.exchange({ ...request, headers }, signal);
    const secret = authorization.replace(/^Bearer /, '');
    try {
      const result = read(answer, { host: this.#connection.host, request, secret });
      this.#budget.answered();
      return result;
    } catch (thrown) {
      if (thrown instanceof BackfillError && thrown.code === 'workspace_throttled') {
        this.#budget.throttled(thrown.retryAfterMs);
      }
      throw thrown;
    }
  }
}

type AnswerReader<T> = (answer: HttpAnswer, exchange: Exchange) => T;

function bodyReader<Schema extends z.ZodType>(schema: Schema): AnswerReader<z.output<Schema>> {
  return (answer, exchange) => {
    const body = schema.safeParse(readAnswer(answer, exchange));
    if (body.success) return body.data;
    const field = body.error.issues[0]?.path.join('.') || 'the body';
    throw unreadable(exchange, answer.status, `JSON whose ${field} is not as documented`, body.error);
  };
}

function given(query: Readonly<Record<string, QueryValue>>): Record<string, string> {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}
