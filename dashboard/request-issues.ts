import type { z } from 'zod';
import { didYouMean } from '../src/config/near-match.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';

/** One thing that is wrong with a request. */
export interface RequestIssue {
  /** Path of the field, such as `dates.3`; `body` for the whole. */
  field: string;
  /** What was expected there. */
  message: string;
}

const MAX_ISSUES = 20;
const MAX_NAME_LENGTH = 80;

/** Checks a part of a request. @throws BackfillError invalid_request that names every field that is wrong. */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  whole: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error.issues.flatMap((issue) => requestIssues(issue, schema, whole)));
}

/** @throws nothing; answers the error to throw. */
export function invalidRequest(issues: readonly RequestIssue[]): BackfillError {
  const shown = issues.slice(0, MAX_ISSUES);
  const text = shown.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new BackfillError('invalid_request', text.endsWith('.') ? text : `${text}.`, {
    details: { issues: shown },
  });
}

function requestIssues(issue: z.core.$ZodIssue, schema: z.ZodType, whole: string): RequestIssue[] {
  const path = issue.path.map((part) => clipped(String(part)));
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsOf(schema);
    return issue.keys.map((key) => ({
      field: [...path, clipped(key)].join('.'),
      message: `there is no such field.${path.length === 0 ? didYouMean(clipped(key), known) : ''}`,
    }));
  }
  return [{ field: path.join('.') || whole, message: sentence(issue.message) }];
}

/** zod's `Invalid input: expected string, received number` says it well once the preface is gone. */
function sentence(message: string): string {
  const text = message
    .replace(/^Invalid (input|option): /, '')
    .replace('received undefined', 'but it is missing');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function fieldsOf(schema: z.ZodType): string[] {
  return 'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];
}

function clipped(text: string): string {
  return text.length <= MAX_NAME_LENGTH ? text : `${text.slice(0, MAX_NAME_LENGTH)}…`;
}
