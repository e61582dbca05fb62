import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { ApiError, invalidParameter } from './api-error.ts';
import { parseJson } from './wire-json.ts';

/** One request as a handler sees it: read completely, matched to a route, authenticated. */
export interface Call {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The `:name` segments of the route. */
  segments: Readonly<Record<string, string>>;
  /** `2.1` or `2.2` where the path names it, else empty. */
  apiVersion: string;
  /** `https://host:port` as the caller addressed this server. */
  origin: string;
}

/** A body that is not JSON, with its own headers; anything else a handler returns is sent as JSON. */
export class RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: Buffer | string) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** An int64 id: a JSON integer of any size or, as protobuf's JSON mapping allows, a string of digits. */
export const idSchema = z
  .union([z.number().int().nonnegative(), z.bigint().nonnegative(), z.string().regex(/^\d{1,19}$/)])
  .transform((id) => BigInt(id));

/** Validates a JSON body. Throws 400 MALFORMED_REQUEST or INVALID_PARAMETER_VALUE naming the field. */
export function readBody<Schema extends z.ZodType>(call: Call, schema: Schema): z.output<Schema> {
  let body: unknown;
  try {
    body = parseJson(call.body.length === 0 ? '{}' : call.body.toString('utf8'));
  } catch (cause) {
    throw new ApiError(400, 'MALFORMED_REQUEST', `Invalid JSON given in the body of the request: ${cause}`);
  }
  return validate(body, schema);
}

/** Validates the query string; a repeated key counts once. Throws 400 INVALID_PARAMETER_VALUE. */
export function readQuery<Schema extends z.ZodType>(call: Call, schema: Schema): z.output<Schema> {
  return validate(Object.fromEntries(call.query), schema);
}

/** A flag in a query string. */
export const flagSchema = z.enum(['true', 'false']).transform((flag) => flag === 'true');

function validate<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw invalidParameter(problems.join('; '));
}
