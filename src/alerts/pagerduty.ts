import type { Alert } from './alert.ts';
import { alertLines } from './alert-text.ts';
import { post } from './http-post.ts';

/** Limit of PagerDuty for `summary`. */
const MAX_SUMMARY_LENGTH = 1_024;
const SEVERITIES = { info: 'info', warning: 'warning', error: 'error' } as const;

/**
 * Opens and resolves incidents; each has a `dedup_key` of its own, so that a repeated event changes nothing.
 *
 * @see https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
export async function sendToPagerDuty(
  { url, routingKey }: { url: string; routingKey: string },
  alert: Alert,
): Promise<void> {
  const send = (event: object) =>
    post('PagerDuty', url, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ routing_key: routingKey, ...event }),
    });
  for (const dedup_key of alert.closes) await send({ event_action: 'resolve', dedup_key });
  if (alert.opens === null) return;
  await send({ event_action: 'trigger', dedup_key: alert.opens, ...description(alert) });
  // A test leaves no incident behind.
  if (alert.event === 'test') await send({ event_action: 'resolve', dedup_key: alert.opens });
}

function description(alert: Alert): object {
  const { backfill } = alert;
  return {
    client: 'databricks-backfill',
    ...(backfill && { client_url: backfill.url }),
    payload: {
      summary: alert.title.slice(0, MAX_SUMMARY_LENGTH),
      source: backfill?.job ?? 'databricks-backfill',
      severity: SEVERITIES[alert.severity],
      timestamp: alert.at,
      class: alert.event,
      custom_details: { text: alertLines(alert).join('\n'), backfill, causes: alert.causes },
    },
  };
}
