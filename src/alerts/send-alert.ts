import type { AlertChannel } from '../config/config.ts';
import type { Alert } from './alert.ts';
import { sendMail } from './email.ts';
import { sendToPagerDuty } from './pagerduty.ts';
import { sendToSlack } from './slack.ts';
import { sendToWebhook } from './webhook.ts';

/**
 * Sends one message over one channel, once.
 *
 * @param mayBeRepeat An earlier try may have arrived.
 * @throws BackfillError `receiver_unavailable` for what may pass, `receiver_refused` for what will not
 */
export function sendAlert(channel: AlertChannel, alert: Alert, mayBeRepeat: boolean): Promise<void> {
  switch (channel.type) {
    case 'slack':
      return sendToSlack(channel.url.reveal(), alert, mayBeRepeat);
    case 'pagerduty':
      return sendToPagerDuty({ url: channel.url, routingKey: channel.routingKey.reveal() }, alert);
    case 'email':
      return sendMail({ smtp: channel.smtp.reveal(), from: channel.from, to: channel.to }, alert);
    case 'webhook':
      return sendToWebhook(
        { url: channel.url.reveal(), signingSecret: channel.signingSecret.reveal() },
        alert,
      );
  }
}
