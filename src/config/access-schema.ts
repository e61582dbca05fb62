import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { Secret } from './secret.ts';
import { duration, integer, oneOf, text, valueSchema } from './value-schema.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const oneWord = (noun: string) => text(`${noun} without blanks`, /^\S{1,1000}$/);

const listOf = (noun: string) =>
  z.array(text(`${noun}, 1 to 1000 characters`, /^.{1,1000}$/su), { error: 'a list' });

/** Codes and tokens of the provider travel to it, so plain HTTP is for this machine only. */
const issuer = valueSchema('a URL https://...', (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, hostname } = new URL(value);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLocal) ? value : undefined;
});

/** Takes what YAML makes of any secret, a number too, so that a secret is never shown as a wrong value. */
const secret = valueSchema('a secret', (value) =>
  ['string', 'number', 'bigint', 'boolean'].includes(typeof value) && value !== ''
    ? new Secret(String(value))
    : undefined,
);

const addressOrRange = valueSchema('an IP address or a range such as "10.0.0.0/8"', (value) => {
  if (typeof value !== 'string') return undefined;
  try {
    if (value.includes('/')) ipaddr.parseCIDR(value);
    else ipaddr.parse(value);
    return value;
  } catch {
    return undefined;
  }
});

/** Source: a field name is a token of RFC 9110, section 5.1; names are the same in any case. */
const headerName = valueSchema('the name of a header', (value) =>
  typeof value === 'string' && /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(value)
    ? value.toLowerCase()
    : undefined,
);

/** `backfill.web.oidc` */
const oidcSection = z.strictObject({
  issuer: issuer.optional(),
  client_id: oneWord('a client id').optional(),
  client_secret: secret.optional(),
  scopes: z.array(oneWord('a scope'), { error: 'a list' }).optional(),
  name_claim: oneWord('the name of a claim').optional(),
  role_claim: oneWord('the name of a claim').optional(),
  operator_values: listOf('a value of the claim').optional(),
  viewer_values: listOf('a value of the claim').optional(),
});

/** `backfill.web.trusted_proxy` */
const trustedProxySection = z.strictObject({
  addresses: z.array(addressOrRange, { error: 'a list' }).optional(),
  user_header: headerName.optional(),
  role_header: headerName.optional(),
  operator_values: listOf('a value of the header').optional(),
  viewer_values: listOf('a value of the header').optional(),
  default_role: oneOf('viewer', 'operator').optional(),
});

/** Keys of `backfill.web` that say who may come in. Which of them need each other: `access-settings.ts`. */
export const accessKeys = {
  oidc: oidcSection.optional(),
  trusted_proxy: trustedProxySection.optional(),
  session_idle: duration(MINUTE_MS, 30 * DAY_MS).optional(),
  session_lifetime: duration(MINUTE_MS, 90 * DAY_MS).optional(),
  /** 0 is no limit. */
  requests_per_minute: integer(0, 1_000_000).optional(),
};

export type OidcSection = z.output<typeof oidcSection>;
export type TrustedProxySection = z.output<typeof trustedProxySection>;
