import type { AccessConfig, OidcConfig, TrustedProxyConfig } from './access-config.ts';
import type { OidcSection, TrustedProxySection } from './access-schema.ts';
import type { Problems } from './problems.ts';
import type { ResolvedFile } from './resolved-file.ts';
import type { SettingSources } from './setting-sources.ts';
import { spelt } from './value-schema.ts';

const DEFAULT_IDLE_MS = 8 * 3_600_000;
const DEFAULT_LIFETIME_MS = 24 * 3_600_000;
const DEFAULT_REQUESTS_PER_MINUTE = 6_000;
/** Source: OpenID Connect Core 1.0, section 5.4. */
const DEFAULT_SCOPES = ['openid', 'profile', 'email'];

type Report = (key: string, found: string, expected: string) => void;

/** Who may come in, from `backfill.web`, with the keys reported that need others. */
export function readAccess(file: ResolvedFile, picked: SettingSources, problems: Problems): AccessConfig {
  const { web = {} } = file.backfill;
  const reportIn =
    (...base: string[]): Report =>
    (key, found, expected) => {
      const path = ['backfill', 'web', ...base, key];
      const name = path.join('.');
      // What was wrong there was left out, and is not missing as well.
      if (!problems.concerns(name)) problems.add({ name, place: file.place(path), found, expected });
    };
  const requests = picked.pick(
    'backfill.web.requests_per_minute',
    { file: web.requests_per_minute },
    DEFAULT_REQUESTS_PER_MINUTE,
    (limit) => (limit === 0 ? 'no limit' : String(limit)),
  );
  const access = {
    oidc: picked.pick(
      'backfill.web.oidc',
      { file: web.oidc && oidcOf(web.oidc, reportIn('oidc')) },
      null,
      (oidc) => (oidc === null ? 'none' : `${oidc.issuer} as ${oidc.clientId}`),
    ),
    trustedProxy: picked.pick(
      'backfill.web.trusted_proxy',
      { file: web.trusted_proxy && trustedProxyOf(web.trusted_proxy, reportIn('trusted_proxy')) },
      null,
      shownProxy,
    ),
    sessionIdleMs: picked.pick(
      'backfill.web.session_idle',
      { file: web.session_idle },
      DEFAULT_IDLE_MS,
      spelt,
    ),
    sessionLifetimeMs: picked.pick(
      'backfill.web.session_lifetime',
      { file: web.session_lifetime },
      Math.max(DEFAULT_LIFETIME_MS, web.session_idle ?? 0),
      spelt,
    ),
    requestsPerMinute: requests === 0 ? null : requests,
  };
  if (access.sessionIdleMs > access.sessionLifetimeMs) {
    const found = `${spelt(access.sessionIdleMs)}, above the session_lifetime of ${spelt(access.sessionLifetimeMs)}`;
    reportIn()('session_idle', found, 'at most the session_lifetime');
  }
  return access;
}

function oidcOf(section: OidcSection, report: Report): OidcConfig {
  const required = (key: 'issuer' | 'client_id' | 'role_claim', expected: string): string => {
    if (section[key] === undefined) report(key, 'nothing', expected);
    return section[key] ?? '';
  };
  const { scopes = DEFAULT_SCOPES, operator_values = [], viewer_values = [] } = section;
  if (operator_values.length + viewer_values.length === 0) {
    report('operator_values', 'nothing', 'values of role_claim that make an operator, or viewer_values');
  }
  if (!scopes.includes('openid')) report('scopes', scopes.join(', '), 'a list with "openid" among them');
  return {
    issuer: required('issuer', 'the URL of the OpenID provider'),
    clientId: required('client_id', 'the id that the provider gave this application'),
    clientSecret: section.client_secret ?? null,
    scopes,
    nameClaim: section.name_claim ?? 'email',
    roleClaim: required('role_claim', 'the claim that tells roles, such as "groups"'),
    operatorValues: operator_values,
    viewerValues: viewer_values,
  };
}

function trustedProxyOf(section: TrustedProxySection, report: Report): TrustedProxyConfig {
  const { addresses = [], user_header, role_header, default_role } = section;
  if (addresses.length === 0) report('addresses', 'nothing', 'the addresses of the proxy');
  if (user_header !== undefined && role_header === undefined && default_role === undefined) {
    report('user_header', user_header, 'a role_header or a default_role beside it');
  }
  for (const key of ['role_header', 'default_role'] as const) {
    const value = section[key];
    if (user_header === undefined && value !== undefined) report(key, value, 'a user_header beside it');
  }
  return {
    addresses,
    userHeader: user_header ?? null,
    roleHeader: role_header ?? null,
    operatorValues: section.operator_values ?? ['operator'],
    viewerValues: section.viewer_values ?? ['viewer'],
    defaultRole: default_role ?? null,
  };
}

function shownProxy(proxy: TrustedProxyConfig | null): string {
  if (proxy === null) return 'none';
  const { addresses, userHeader } = proxy;
  return `${addresses.join(', ')}${userHeader === null ? '' : `, users in ${userHeader}`}`;
}
