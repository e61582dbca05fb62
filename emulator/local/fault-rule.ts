import { z } from 'zod';

/**
 * A fault of `POST /_local/faults`.
 *
 * - Which request: `match.method` and `match.path`, a glob (`*` for any characters) over the path
 *   without its query. A rule for one Jobs API version holds for the others too, and `jobs/run-now`
 *   without `/api/..` also matches. The first `skip_first` matching requests pass, then `times` are
 *   hit (null: until deleted). One rule hits a request, the oldest first; the rules after it do not
 *   count that request.
 * - Whether the handler runs: always, except with `reset: "before"`, and with a `status` unless
 *   `reset: "after"`. It runs at once, so an effect never waits for the answer.
 * - When it ends: after `latency_ms`, and with `hold` not before `POST /_local/faults/release`.
 * - How it ends: with a `status`, by that answer; with a `reset` alone, by closing the socket
 *   without an answer; else by the handler's own answer.
 */
export const faultSchema = z
  .strictObject({
    match: z.strictObject({ method: z.string().optional(), path: z.string().min(1).optional() }).default({}),
    status: z.number().int().min(200).max(599).optional(),
    error_code: z.union([z.string(), z.number()]).optional(),
    message: z.string().optional(),
    /** Sent verbatim instead of the JSON error body, as a proxy in between would: HTML, or JSON from its brace on. */
    body: z.string().optional(),
    /** Seconds, or an HTTP date. */
    retry_after: z.union([z.number().min(0), z.string()]).optional(),
    reset: z.enum(['before', 'after']).optional(),
    hold: z.boolean().default(false),
    latency_ms: z.number().int().min(0).default(0),
    skip_first: z.number().int().min(0).default(0),
    times: z.number().int().min(1).nullable().default(1),
  })
  .refine(
    (fault) => fault.status !== undefined || fault.reset !== undefined || fault.hold || fault.latency_ms > 0,
    'a fault needs at least one of status, reset, hold and latency_ms',
  );

export type Fault = z.output<typeof faultSchema>;

/** Whether a request that this fault hits has its effect. */
export function handlerRuns(fault: Fault): boolean {
  if (fault.status !== undefined) return fault.reset === 'after';
  return fault.reset !== 'before';
}

/** Whether the fault is meant for this request; its counts aside. */
export function matches(fault: Fault, method: string, path: string): boolean {
  if (fault.match.method !== undefined && fault.match.method.toUpperCase() !== method) return false;
  if (fault.match.path === undefined) return true;
  const neutral = versionless(path);
  const spellings = [path, neutral, neutral.replace('/api/2/', '/'), neutral.replace('/api/2/', '')];
  const glob = new RegExp(`^${versionless(fault.match.path).split('*').map(escapeForRegExp).join('.*')}$`);
  return spellings.some((spelling) => glob.test(spelling));
}

const DEFAULT_ERROR_CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_PARAMETER_VALUE',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  409: 'ABORTED',
  429: 'REQUEST_LIMIT_EXCEEDED',
  500: 'INTERNAL_ERROR',
  501: 'NOT_IMPLEMENTED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The error body of the fault's answer; what the fault leaves out follows from the status. */
export function errorBody(fault: Fault, status: number): { error_code: string | number; message: string } {
  return {
    error_code: fault.error_code ?? DEFAULT_ERROR_CODES[status] ?? 'UNKNOWN',
    message: fault.message ?? `Injected fault: HTTP ${status}.`,
  };
}

function versionless(path: string): string {
  return path.replace(/\/api\/2\.\d+\//, '/api/2/');
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
