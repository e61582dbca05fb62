import type { Secret } from './secret.ts';

/** Who may come in besides those with a token of `BACKFILL_API_TOKENS`, for how long and how often. */
export interface AccessConfig {
  /** Sign-in at an OpenID provider, or null for none. */
  readonly oidc: OidcConfig | null;
  /** The proxy in front of the web process, or null when clients reach it directly. */
  readonly trustedProxy: TrustedProxyConfig | null;
  /** A session that nobody uses ends after so long. */
  readonly sessionIdleMs: number;
  /** Any session ends so long after its sign-in. */
  readonly sessionLifetimeMs: number;
  /** Most requests a minute of one caller to one web process, or null for no limit. */
  readonly requestsPerMinute: number | null;
}

/** Values that a provider or proxy gives somebody, and the role that each stands for; operator wins. */
export interface RoleValues {
  readonly operatorValues: readonly string[];
  readonly viewerValues: readonly string[];
}

export interface OidcConfig extends RoleValues {
  /** Address of the provider, of which `/.well-known/openid-configuration` tells all else. */
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client, which proves itself by PKCE alone. */
  readonly clientSecret: Secret | null;
  readonly scopes: readonly string[];
  /** Claim that becomes the caller's name, in `created_by` and `creator_user_name`. */
  readonly nameClaim: string;
  /** Claim with the groups or roles: a text or a list of texts; dots lead into claims of claims. */
  readonly roleClaim: string;
}

export interface TrustedProxyConfig extends RoleValues {
  /** IP addresses and CIDR ranges whose `X-Forwarded-*` headers and user header count. */
  readonly addresses: readonly string[];
  /** Header with the name of the user whom the proxy has let in, in lower case, or null for none. */
  readonly userHeader: string | null;
  /** Header with the user's groups or roles, separated by commas, or null for none. */
  readonly roleHeader: string | null;
  /** Role of a user without any of the values, or null to refuse such a user. */
  readonly defaultRole: 'viewer' | 'operator' | null;
}
