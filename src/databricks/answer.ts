import { BackfillError } from '../errors/backfill-error.ts';
import type { ErrorCode } from '../errors/error-table.ts';
import { parseJson } from './json.ts';
import type { HttpAnswer, HttpRequest } from './workspace-connection.ts';

interface Refusal {
  errorCode: string | null;
  message: string;
}

/** Where an answer came from, and what must not be repeated in a message about it. */
export interface Exchange {
  host: string;
  request: Pick<HttpRequest, 'method' | 'path'>;
  /** Removed from whatever the other side says. */
  secret: string;
}

const LONGEST_MESSAGE = 1_000;

/**
 * The JSON of a good answer; an empty body, as reset, update and cancel send it, is `{}`.
 *
 * @throws BackfillError workspace_* for every other answer.
 */
export function readAnswer(answer: HttpAnswer, exchange: Exchange): unknown {
  const location = answer.headers.get('location');
  if (answer.status >= 300 && answer.status < 400) {
    throw unreadable(exchange, answer.status, `a redirect to ${originOf(location)}`);
  }
  if (answer.status >= 400) throw refusalOf(answer, exchange);
  if (answer.text.trim() === '') return {};
  if (isHtml(answer)) throw unreadable(exchange, answer.status, 'an HTML page');
  try {
    return parseJson(answer.text);
  } catch (cause) {
    throw unreadable(exchange, answer.status, 'something that is not JSON', cause);
  }
}

/** For an answer of the right kind whose contents are not what the API documents. */
export function unreadable(
  { host, request }: Exchange,
  status: number,
  what: string,
  cause?: unknown,
): BackfillError {
  return new BackfillError(
    'workspace_unreadable',
    `${nameOf(host)} answered ${request.method} ${request.path} with ${what}; check that DATABRICKS_HOST is the address of the workspace itself, not of a login page or a proxy.`,
    { cause, details: { status, error_code: null, path: request.path } },
  );
}

function refusalOf(answer: HttpAnswer, exchange: Exchange): BackfillError {
  const { host, request, secret } = exchange;
  const html = isHtml(answer);
  const { errorCode, message } = refusalIn(answer, html);
  const runDeleted = isRunDeleted(request, message);
  const code = runDeleted ? 'workspace_rejected' : codeOf(answer.status, html, message);
  if (code === 'workspace_unreadable') return unreadable(exchange, answer.status, 'an HTML page');
  const said = hide(message, secret).slice(0, LONGEST_MESSAGE).trim();
  const kind = [answer.status, errorCode].filter((part) => part !== null).join(' ');
  const retryAfterMs = retryAfterMsIn(answer.headers.get('retry-after'), Date.now());
  const reason = runDeleted ? { reason: 'run_deleted' } : {};
  return new BackfillError(
    code,
    `${nameOf(host)} refused ${request.method} ${request.path} (${kind})${said === '' ? '' : `: ${said}`}${said.endsWith('.') ? '' : ';'} ${adviceOn(code)}`,
    {
      details: { status: answer.status, error_code: errorCode, path: request.path, said, ...reason },
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
  );
}

/**
 * A missing job or run comes as 404, as 400 INVALID_PARAMETER_VALUE, or as 403 where permission is
 * checked before existence, and a wrong personal token as 403; only the text tells.
 */
function codeOf(status: number, html: boolean, message: string): ErrorCode {
  const missing = /does(?: not|n't) exist\b/i.test(message);
  if (status === 401 || (status === 403 && /\binvalid access token\b/i.test(message))) {
    return 'workspace_unauthenticated';
  }
  if (status === 429) return 'workspace_throttled';
  if (status === 501) return 'workspace_rejected';
  if (status >= 500) return 'workspace_unavailable';
  if (status === 403) return missing ? 'workspace_not_found' : 'workspace_forbidden';
  if (status === 404) return html ? 'workspace_unreadable' : 'workspace_not_found';
  return missing ? 'workspace_not_found' : 'workspace_rejected';
}

function adviceOn(code: ErrorCode): string {
  switch (code) {
    case 'workspace_unauthenticated':
      return 'Check DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.';
    case 'workspace_forbidden':
      return 'Give the user or service principal the permission it lacks.';
    case 'workspace_not_found':
      return 'Check the id or path, and that it is in this workspace.';
    case 'workspace_throttled':
      return 'Try again later, or start fewer runs at a time.';
    case 'workspace_unavailable':
      return 'Try again later; if it lasts, see the status page of Databricks.';
    default:
      return 'Correct the request; the same one will be refused again.';
  }
}

/** Reads an error body in each of the shapes that Databricks' APIs send. */
function refusalIn(answer: HttpAnswer, html: boolean): Refusal {
  if (html) return { errorCode: null, message: /<pre>([\s\S]*?)<\/pre>/i.exec(answer.text)?.[1] ?? '' };
  const body = jsonObjectIn(answer.text);
  if (body === null) {
    const [, errorCode = null, message = answer.text] = /^([A-Z][A-Z_]+): ([\s\S]*)$/.exec(answer.text) ?? [];
    return { errorCode, message };
  }
  const errorCode = textIn(body, ['error_code', 'error', 'scimType']);
  return { errorCode, message: textIn(body, ['message', 'error_description', 'detail', 'error']) ?? '' };
}

function jsonObjectIn(text: string): Record<string, unknown> | null {
  try {
    const body = parseJson(text);
    return typeof body === 'object' && body !== null ? { ...body } : null;
  } catch {
    return null;
  }
}

function textIn(body: Record<string, unknown>, keys: readonly string[]): string | null {
  const found = keys.map((key) => body[key]).find((value) => ['string', 'number'].includes(typeof value));
  return found === undefined ? null : String(found);
}

/**
 * An idempotency token whose run was deleted is refused for ever, in a text that names the run or the
 * token; a deleted job is another matter.
 */
function isRunDeleted({ path }: Exchange['request'], message: string): boolean {
  return (
    path.endsWith('/jobs/run-now') &&
    /\bdeleted\b/i.test(message) &&
    /\bidempotency|\brun(?:[ _]id)?:? \d+\b/i.test(message)
  );
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), as milliseconds from now. */
export function retryAfterMsIn(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

function isHtml(answer: HttpAnswer): boolean {
  return (
    /\bhtml\b/i.test(answer.headers.get('content-type') ?? '') || /^\s*<(!doctype|html)/i.test(answer.text)
  );
}

function originOf(location: string | null): string {
  return location !== null && URL.canParse(location) ? new URL(location).origin : 'another page';
}

function hide(text: string, secret: string): string {
  return secret === '' ? text : text.replaceAll(secret, '[secret]');
}

function nameOf(host: string): string {
  return new URL(host).host;
}
