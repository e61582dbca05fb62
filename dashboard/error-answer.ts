import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { BackfillError, toBackfillError } from '../src/errors/backfill-error.ts';
import { redisFailure } from './redis-failure.ts';

export const BODY_LIMIT_BYTES = 1024 * 1024;

/** The one place where what was thrown becomes an answer: `{code, message, details}`, never a stack. */
export const answerError: ErrorRequestHandler = (thrown, request, response, next) => {
  const error = answerableError(thrown);
  if (response.headersSent) {
    logFailure(error, request);
    next(error);
    return;
  }
  sendStatus(error, request, response);
  response.json({ code: error.code, message: error.message, details: error.details });
};

/** Whatever was thrown, as an error whose message a client may read. */
export function answerableError(thrown: unknown): BackfillError {
  return redisFailure(thrown) ?? bodyFailure(thrown) ?? toBackfillError(thrown);
}

/** Sets what an error's answer has besides its body, and logs what is our fault. */
export function sendStatus(error: BackfillError, request: Request, response: Response): void {
  logFailure(error, request);
  if (error.retryAfterMs !== null) response.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)));
  // Source: RFC 9110, section 15.5.2. Of this scheme a browser makes no dialogue of its own.
  if (error.httpStatus === 401) response.set('WWW-Authenticate', 'Bearer realm="databricks-backfill"');
  response.status(error.httpStatus);
}

function logFailure(error: BackfillError, request: Request): void {
  if (error.httpStatus >= 500) request.log.error({ err: error }, error.code);
}

/** The body parser would take the whole body before it refuses it; what is announced is refused at once. */
export const refuseLargeBody: RequestHandler = (request, _response, next) => {
  if (Number(request.get('content-length') ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
  next();
};

export const answerNotFound: RequestHandler = (request) => {
  throw new BackfillError('not_found', `There is no ${request.method} ${request.path}.`);
};

/** What Express and its body parser throw carries a status and, for bodies, a type. */
function bodyFailure(thrown: unknown): BackfillError | null {
  if (!(thrown instanceof Error) || thrown instanceof BackfillError || !('status' in thrown)) return null;
  const type = 'type' in thrown ? thrown.type : '';
  if (type === 'entity.too.large') {
    return new BackfillError(
      'body_too_large',
      'A body may have at most 1 MB. Send fewer dates, or a range.',
      {
        details: { limit_bytes: BODY_LIMIT_BYTES },
      },
    );
  }
  if (type === 'entity.parse.failed') {
    return new BackfillError('invalid_request', `body: expected JSON; ${thrown.message}.`, {
      details: { issues: [{ field: 'body', message: 'expected JSON' }] },
    });
  }
  const status = Number(thrown.status);
  if (status < 400 || status >= 500) return null;
  return new BackfillError('invalid_request', `The request cannot be read: ${thrown.message}.`);
}

function tooLarge(): BackfillError {
  return new BackfillError('body_too_large', 'A body may have at most 1 MB. Send fewer dates, or a range.', {
    details: { limit_bytes: BODY_LIMIT_BYTES },
  });
}
