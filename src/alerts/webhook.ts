import { createHmac } from 'node:crypto';
import type { Alert } from './alert.ts';
import { post } from './http-post.ts';

/** Unix time in seconds at which the request was signed. */
export const TIMESTAMP_HEADER = 'backfill-timestamp';
/** `v1=` and {@link webhookSignature} in hex. */
export const SIGNATURE_HEADER = 'backfill-signature';

/** Posts the alert as JSON, signed, with the same `Idempotency-Key` at every try. */
export async function sendToWebhook(
  { url, signingSecret }: { url: string; signingSecret: string },
  alert: Alert,
): Promise<void> {
  const body = JSON.stringify(alert);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  await post('The webhook', url, {
    headers: {
      'content-type': 'application/json',
      'idempotency-key': alert.key,
      [TIMESTAMP_HEADER]: timestamp,
      [SIGNATURE_HEADER]: `v1=${webhookSignature(signingSecret, timestamp, body)}`,
    },
    body,
  });
}

/**
 * HMAC-SHA256 of `<timestamp>.<body>`, in hex. The time is signed too, so that a receiver can refuse an old
 * request that somebody sends again.
 */
export function webhookSignature(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
