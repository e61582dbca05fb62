import type { AlertChannel } from '../config/config.ts';
import type { Alert } from './alert.ts';
import { sendMail } from './email.ts';
import { sendToPagerDuty } from './pagerduty.ts';
import { sendToSlack } from './slack.ts';
import { sendToWebhook } from './webhook.ts';

/** How it went, where the receiver took it. */
export interface Sent {
  /** Of a mail: the recipients that the server refused, while others get it. */
  readonly refusedRecipients?: number;
}

/**
 * Sends one message over one channel, once.
 *
 * @param mayBeRepeat An earlier try may have arrived.
 * @throws BackfillError `receiver_unavailable` for what may pass, `receiver_refused` for what will not
 */
export async function sendAlert(channel: AlertChannel, alert: Alert, mayBeRepeat: boolean): Promise<Sent> {
  switch (channel.type) {
    case 'slack':
      await sendToSlack(channel.url.reveal(), alert, mayBeRepeat);
      return {};
    case 'pagerduty':
      await sendToPagerDuty({ url: channel.url, routingKey: channel.routingKey.reveal() }, alert);
      return {};
    case 'email':
      return sendMail({ smtp: channel.smtp.reveal(), from: channel.from, to: channel.to }, alert);
    case 'webhook':
      await sendToWebhook(
        { url: channel.url.reveal(), signingSecret: channel.signingSecret.reveal() },
        alert,
      );
      return {};
  }
}
