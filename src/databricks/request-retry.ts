import type { BackfillError } from '../errors/backfill-error.ts';

/**
 * Whether a failed request may be sent again. 429 always: nothing was done. 503 and lost connections
 * only where a second arrival does no harm (or the server itself names a time). 500, 502 and 504 only
 * for reads, since they may hide a finished write; so do Databricks' own SDKs.
 */
export function mayRetryRequest(
  error: BackfillError,
  request: { method: string; idempotent: boolean },
): boolean {
  if (error.code === 'workspace_throttled') return true;
  if (error.code !== 'workspace_unavailable') return false;
  const { status, reason } = error.details;
  if (status === 503) return request.idempotent || error.retryAfterMs !== null;
  if (typeof status === 'number') return request.method === 'GET';
  return request.idempotent && (reason === 'timeout' || reason === 'connection');
}
