import { z } from 'zod';

export interface Operation {
  security: object[];
  parameters: { name: string; in: string; schema: object }[];
  responses: Record<string, { content: Record<string, { schema?: { $ref: string } }> }>;
}

/** As much of the document at /api/openapi.json as the tests look at. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: Record<string, object>; schemas: Record<string, { required: string[] }> };
}

const COMPONENTS = '#/components/schemas/';

/** Every JSON answer of a call that went well, such as `GET /api/log 200`, with the name of its schema or null. */
export function jsonAnswers({ paths }: OpenApiDocument): Map<string, string | null> {
  const answers = new Map<string, string | null>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      for (const [status, { content }] of Object.entries(responses)) {
        const json = content['application/json'];
        if (!status.startsWith('2') || json === undefined) continue;
        answers.set(
          `${method.toUpperCase()} ${path} ${status}`,
          json.schema?.$ref.slice(COMPONENTS.length) ?? null,
        );
      }
    }
  }
  return answers;
}

/** A schema of the document: what the document says, not what it was made from. */
export function documentedSchema({ components }: OpenApiDocument, name: string): z.ZodType {
  const definitions = JSON.stringify(components.schemas).replaceAll(COMPONENTS, '#/$defs/');
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: JSON.parse(definitions) });
}
