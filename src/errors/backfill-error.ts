import { ERROR_TABLE, type ErrorCode } from './error-table.ts';

export interface ErrorOptions {
  /** What went wrong beneath, kept for logs and never shown to a caller. */
  cause?: unknown;
  /** Facts a program can read: the field, the allowed values, the id. Never a secret. */
  details?: Readonly<Record<string, unknown>>;
  /** How long the other side asked us to wait before trying again. */
  retryAfterMs?: number;
}

/**
 * The one error of this product. `message` is a sentence for a person that says what to do next;
 * `code` is stable and is what programs compare; the HTTP status and whether a retry can help
 * come from {@link ERROR_TABLE}.
 */
export class BackfillError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BackfillError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable;
  }

  get httpStatus(): number {
    return ERROR_TABLE[this.code].httpStatus;
  }
}

/** Turns whatever was thrown into a {@link BackfillError}; an unknown thing becomes `internal_error`. */
export function toBackfillError(thrown: unknown): BackfillError {
  if (thrown instanceof BackfillError) return thrown;
  return new BackfillError('internal_error', 'Something unexpected went wrong; the log has the details.', {
    cause: thrown,
  });
}
