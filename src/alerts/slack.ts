import type { Alert } from './alert.ts';
import { alertLines } from './alert-text.ts';
import { post } from './http-post.ts';

const MARKS = { info: ':white_check_mark:', warning: ':warning:', error: ':x:' } as const;

/**
 * Posts to an incoming webhook. Slack knows no key against doubles, so a message that may have arrived before
 * says so.
 *
 * @see https://api.slack.com/messaging/webhooks
 */
export async function sendToSlack(url: string, alert: Alert, mayBeRepeat: boolean): Promise<void> {
  const lines = [`${MARKS[alert.severity]} *${escaped(alert.title)}*`, ...alertLines(alert).map(escaped)];
  if (mayBeRepeat) lines.push('_Sent again: the answer to the first try was lost._');
  const body = JSON.stringify({ text: lines.join('\n'), unfurl_links: false });
  await post('Slack', url, { headers: { 'content-type': 'application/json' }, body });
}

/** Source: https://api.slack.com/reference/surfaces/formatting#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
