import { z } from 'zod';
import { ALERT_EVENTS } from './config.ts';
import { duration, httpUrl, oneOf, text, valueSchema } from './value-schema.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const channelName = text(
  'a name of letters, digits, "_" and "-", up to 64',
  /^(?!__proto__$)[A-Za-z0-9_-]{1,64}$/,
);
const secretText = text('a secret without blanks', /^\S+$/);
const mailAddress = text(
  'a mail address, or a name with one as in "Ops <ops@example.com>"',
  /^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/,
);
const channelType = oneOf('slack', 'pagerduty', 'email', 'webhook');
const smtpUrl = valueSchema('a URL smtp://... or smtps://...', (value) =>
  typeof value === 'string' && /^smtps?:\/\/./.test(value) && URL.canParse(value) ? value : undefined,
);

/** A share from above 0 to 1. */
const ratio = valueSchema('a number above 0, up to 1', (value) => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number > 0 && number <= 1 ? number : undefined;
});

/** `alerts` of a job, and the same keys of `backfill.alerts` for all jobs. */
const policyKeys = {
  /** Of no one by an empty list. */
  events: z.array(oneOf(...ALERT_EVENTS)).optional(),
  failure_ratio: ratio.optional(),
  stall_after: duration(1_000, 30 * DAY_MS).optional(),
};

export const alertPolicySection = z.strictObject({
  channels: z.array(channelName).optional(),
  ...policyKeys,
});

/** `backfill.alerts.channels.<name>`; that it has a type, and what the type needs, is checked where it is read. */
const channelSection = z.strictObject({
  type: channelType.optional(),
  url: httpUrl.optional(),
  routing_key: secretText.optional(),
  smtp: smtpUrl.optional(),
  from: mailAddress.optional(),
  to: z.array(mailAddress).min(1, { error: 'at least one mail address' }).optional(),
  secret: secretText.optional(),
});

export type ChannelSection = z.output<typeof channelSection>;

/** `backfill.alerts` */
export const alertsSection = z.strictObject({
  page_url: httpUrl.optional(),
  channels: z.record(channelName, channelSection).optional(),
  ...policyKeys,
});
