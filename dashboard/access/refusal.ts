import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { ErrorCode } from '../../src/errors/error-table.ts';
import type { RefusalReason } from '../../src/facts/access-fact.ts';

const CODES: Readonly<Record<RefusalReason, ErrorCode>> = {
  no_token: 'unauthenticated',
  unknown_token: 'unauthenticated',
  session_ended: 'unauthenticated',
  other_host: 'forbidden',
  other_site: 'forbidden',
  csrf_token: 'forbidden',
  viewer: 'forbidden',
  no_role: 'forbidden',
  failed_sign_ins: 'too_many_requests',
  requests: 'too_many_requests',
};

/** The error for a request that is not let through. Its reason is in `details` and in the fact about it. */
export function refusal(reason: RefusalReason, message: string, retryAfterMs?: number): BackfillError {
  return new BackfillError(CODES[reason], message, {
    details: { reason },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Why a request was not let through; null for any other error. */
export function refusalReason(thrown: unknown): RefusalReason | null {
  if (!(thrown instanceof BackfillError)) return null;
  const { reason } = thrown.details;
  return isReason(reason) && CODES[reason] === thrown.code ? reason : null;
}

function isReason(value: unknown): value is RefusalReason {
  return typeof value === 'string' && Object.hasOwn(CODES, value);
}
