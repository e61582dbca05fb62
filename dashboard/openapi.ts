import { z } from 'zod';
import { ANSWERS, ErrorAnswerSchema } from './answer-schemas.ts';
import { IdempotencyKeySchema } from './backfill-request.ts';
import type { Route } from './route.ts';

/** Ways in; a server without tokens, provider and proxy asks for none (the empty one). */
const SECURITY = [{ bearer: [] }, { session: [] }, {}];

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A token of BACKFILL_API_TOKENS.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'backfill_session',
    description:
      'The cookie of /sign-in; over TLS it is named __Host-backfill_session. Writes send the csrf_token of GET /api/session as X-CSRF-Token as well.',
  },
};

/** Headers that routes take, by the name under which they ask for them. */
const HEADERS = {
  'Idempotency-Key': {
    description: 'The same key and body answer the same backfill for 24 hours.',
    schema: jsonSchema(IdempotencyKeySchema),
  },
  'Last-Event-ID': {
    description: 'Id of the last event that the client has; browsers send it by themselves.',
    schema: { type: 'string' },
  },
} as const;

export type TakenHeader = keyof typeof HEADERS;

const REFERENCE = '#/components/schemas/';

/** The routes as OpenAPI 3.1; requests come from the schemas that check them. `open` ones ask nobody who they are. */
export function openApiDocument(routes: readonly Route[], open: readonly Route[] = []): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of [...open, ...routes]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const security = open.includes(route) ? [] : SECURITY;
    paths[path] = { ...paths[path], [route.method]: { ...operation(route), security } };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'databricks-backfill',
      version: '1',
      description: 'Backfills of Databricks jobs: one run per business date, each exactly once.',
    },
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: answerSchemas() },
  };
}

function operation(route: Route): object {
  const body = route.body === null ? {} : { requestBody: jsonBody(route.body) };
  const error = {
    description: 'What went wrong and what to do about it',
    content: content('application/json', ErrorAnswerSchema),
  };
  return {
    summary: route.summary,
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query),
      ...route.headers.map((name) => ({ name, in: 'header', ...HEADERS[name] })),
    ],
    ...body,
    responses: { ...answers(route), '4XX': error, '5XX': error },
  };
}

function answers({ summary, answers, answerType }: Route): Record<string, object> {
  const told = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: summary, content: content(answerType, schema) },
  ]);
  return told.length > 0
    ? Object.fromEntries(told)
    : { '2XX': { description: summary, content: content(answerType, null) } };
}

function content(type: string, schema: z.ZodType | null): object {
  const id = schema === null ? undefined : ANSWERS.get(schema)?.id;
  return { [type]: id === undefined ? {} : { schema: { $ref: `${REFERENCE}${id}` } } };
}

function answerSchemas(): Record<string, object> {
  const { schemas } = z.toJSONSchema(ANSWERS, { uri: (id) => `${REFERENCE}${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType | null): object[] {
  if (query === null) return [];
  const { properties = {}, required = [] } = jsonSchema(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function jsonBody(body: z.ZodType): object {
  return { content: { 'application/json': { schema: jsonSchema(body) } } };
}

function jsonSchema(schema: z.ZodType): { properties?: Record<string, unknown>; required?: string[] } {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json as { properties?: Record<string, unknown>; required?: string[] };
}
