import { z } from 'zod';
import type { Route } from './route.ts';

const ERROR_ANSWER = {
  description: 'What went wrong and what to do about it',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['code', 'message', 'details'],
        properties: { code: { type: 'string' }, message: { type: 'string' }, details: { type: 'object' } },
      },
    },
  },
};

/** The routes as OpenAPI 3.1; requests come from the schemas that check them. */
export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return { openapi: '3.1.0', info: { title: 'databricks-backfill', version: '1' }, paths };
}

function operation(route: Route): object {
  const body = route.body === null ? {} : { requestBody: jsonBody(route.body) };
  return {
    summary: route.summary,
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...body,
    responses: { '2XX': { description: route.summary }, '4XX': ERROR_ANSWER, '5XX': ERROR_ANSWER },
  };
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
