import type { Application, Request, Response } from 'express';
import { z } from 'zod';
import type { BackfillError } from '../src/errors/backfill-error.ts';
import { refusal } from './access/refusal.ts';
import { callerOf, type KnownCaller } from './caller.ts';
import type { TakenHeader } from './openapi.ts';
import { checked, invalidRequest } from './request-issues.ts';

/** What a handler answers; `null` when it has taken the response over. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly caller: KnownCaller;
  header(name: string): string | undefined;
  /** For the few that do not answer with JSON. */
  readonly response: Response;
}

interface RouteDefinition<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: 'get' | 'post' | 'patch';
  readonly path: string;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  /** Of a route that may write: whether a request with this body, which nobody has checked yet, only reads. */
  readonly onlyReads?: (body: unknown) => boolean;
  /** Headers that it takes. */
  readonly headers?: readonly TakenHeader[];
  /** What it answers, by status; of ANSWERS, for the description of the API. */
  readonly answers?: Readonly<Record<number, z.ZodType>>;
  /** JSON by default. */
  readonly answerType?: string;
  readonly handle: (call: Call<z.output<Query>, z.output<Body>>) => Promise<Answer | null>;
}

/** One call of the REST API: how it is addressed, what it takes, and what it does. */
export interface Route {
  readonly method: 'get' | 'post' | 'patch';
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** Whether a request with this body changes nothing, so that viewers may send it and no audit line tells of it. */
  readonly onlyReads: ((body: unknown) => boolean) | null;
  readonly headers: readonly TakenHeader[];
  readonly answers: Readonly<Record<number, z.ZodType>>;
  readonly answerType: string;
  readonly serve: (request: Request, response: Response) => Promise<void>;
}

const NO_FIELDS = z.strictObject({});

/** A route whose query and body are checked against their schemas before `handle` sees them. */
export function route<Query extends z.ZodType = typeof NO_FIELDS, Body extends z.ZodType = z.ZodUndefined>(
  definition: RouteDefinition<Query, Body>,
): Route {
  const { method, path, summary, query, body, onlyReads, handle } = definition;
  return {
    method,
    path,
    summary,
    query: query ?? null,
    body: body ?? null,
    onlyReads: onlyReads ?? (method === 'get' ? () => true : null),
    headers: definition.headers ?? [],
    answers: definition.answers ?? {},
    answerType: definition.answerType ?? 'application/json',
    serve: async (request, response) => {
      const caller = callerOf(response);
      if (caller.role === 'viewer' && method !== 'get' && !onlyReads?.(request.body)) throw viewersOnlyRead();
      const answer = await handle({
        params: z.record(z.string(), z.string()).parse(request.params),
        query: checked(query ?? NO_FIELDS, request.query, 'query') as z.output<Query>,
        body: readBody(request, body) as z.output<Body>,
        caller,
        header: (name) => request.get(name),
        response,
      });
      if (answer === null) return;
      response.set(answer.headers ?? {});
      response.status(answer.status).json(answer.body);
    },
  };
}

/** Refuses what a viewer may not do. */
export function viewersOnlyRead(): BackfillError {
  return refusal('viewer', 'The role viewer may only read. Use a token of role operator.');
}

export function mount(app: Application, routes: readonly Route[]): void {
  for (const { method, path, serve } of routes) app[method](path, serve);
}

export interface RouteName {
  /** In capitals. */
  readonly method: string;
  readonly path: string;
}

/** Every route that stands in the app itself; the queue board has a router of its own. */
export function routesOf(app: Application): RouteName[] {
  return app.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : route.stack.map(({ method }) => ({ method: method.toUpperCase(), path: route.path })),
  );
}

function readBody(request: Request, schema: z.ZodType | undefined): unknown {
  if (schema === undefined) return undefined;
  // A page of another site may send any text unasked, but not this content type.
  const empty = request.get('content-length') === '0';
  if (!empty && request.is('application/json') === false) {
    throw invalidRequest([{ field: 'body', message: 'expected JSON with Content-Type: application/json' }]);
  }
  return checked(schema, request.body, 'body');
}
