import type { ClientAuth, Configuration } from 'openid-client';
import { z } from 'zod';
import type { OidcConfig } from '../../src/config/access-config.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { Caller } from '../caller.ts';
import type { OidcAttempt } from './oidc-attempt.ts';
import { refusal } from './refusal.ts';
import { callerName, roleOf } from './role.ts';

const TIMEOUT_SECONDS = 10;

const ClaimsSchema = z.record(z.string(), z.unknown());
type Claims = z.output<typeof ClaimsSchema>;

/** Loaded when a provider is configured; most installations have none. */
const library = () => import('openid-client');

/** Signs people in at the configured OpenID provider: authorization code with PKCE, state and nonce. */
export class OidcClient {
  readonly #config: OidcConfig;
  #discovered: Promise<Configuration> | null = null;

  constructor(config: OidcConfig) {
    this.#config = config;
  }

  /** For people: `id.example.com`. */
  get host(): string {
    return new URL(this.#config.issuer).host;
  }

  /**
   * Where to send the browser.
   * @throws BackfillError provider_unavailable
   */
  async authorizationUrl(attempt: OidcAttempt, redirectUri: string): Promise<string> {
    const configuration = await this.#discover();
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await library();
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#config.scopes.join(' '),
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /**
   * Whom the provider has signed in; `url` is the one that the browser came back to.
   * @throws BackfillError provider_unavailable; unauthenticated when the provider or a check says no;
   *   forbidden for somebody without a role
   */
  async redeem(attempt: OidcAttempt, url: URL): Promise<Caller> {
    const { name, values } = this.#told(await this.#claims(attempt, url));
    const role = roleOf(values, this.#config);
    if (name !== null && role !== null) return { name, role };
    throw refusal(
      'no_role',
      name === null
        ? `${this.host} does not tell the claim ${this.#config.nameClaim} of you. Ask whoever runs this server.`
        : `${this.host} knows you as ${name}, but you have no role here. Ask whoever runs this server.`,
    );
  }

  async #claims(attempt: OidcAttempt, url: URL): Promise<Claims> {
    const configuration = await this.#discover();
    const { authorizationCodeGrant, fetchUserInfo } = await library();
    try {
      const tokens = await authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: attempt.codeVerifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        idTokenExpected: true,
      });
      const claims = ClaimsSchema.parse(tokens.claims());
      const { name, values } = this.#told(claims);
      const needsMore = name === null || values.length === 0;
      // Some providers keep groups out of the ID token.
      if (!needsMore || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
      const more = await fetchUserInfo(configuration, tokens.access_token, String(claims.sub));
      return { ...more, ...claims };
    } catch (cause) {
      throw new BackfillError(
        'unauthenticated',
        `The sign-in at ${this.host} did not succeed. Try again; the log of the web process has the details.`,
        { cause },
      );
    }
  }

  #told(claims: Claims): { name: string | null; values: string[] } {
    const given = claimAt(claims, this.#config.roleClaim);
    const values = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string');
    return { name: callerName(claimAt(claims, this.#config.nameClaim)), values };
  }

  async #discover(): Promise<Configuration> {
    this.#discovered ??= this.#ask();
    try {
      return await this.#discovered;
    } catch (cause) {
      // The next sign-in asks again.
      this.#discovered = null;
      throw new BackfillError(
        'provider_unavailable',
        `The OpenID provider ${this.host} does not answer as one. Try again in a minute, or sign in with a token.`,
        { cause },
      );
    }
  }

  async #ask(): Promise<Configuration> {
    const { allowInsecureRequests, discovery } = await library();
    const { clientId, issuer } = this.#config;
    const server = new URL(issuer);
    // The configuration takes http:// for this machine only.
    const execute = server.protocol === 'http:' ? [allowInsecureRequests] : [];
    return discovery(server, clientId, {}, await this.#clientAuth(), { execute, timeout: TIMEOUT_SECONDS });
  }

  /** Basic unless the provider says that it takes only the other. Source: OpenID Connect Discovery 1.0, section 3. */
  async #clientAuth(): Promise<ClientAuth> {
    const { ClientSecretBasic, ClientSecretPost, None } = await library();
    const secret = this.#config.clientSecret?.reveal();
    if (secret === undefined) return None();
    const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
    return (server, ...rest) => {
      const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
      return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
    };
  }
}

/** By its name, which may have dots or slashes of its own, or else by dots into claims of claims. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((inner, key) => {
    const level = ClaimsSchema.safeParse(inner);
    return level.success && Object.hasOwn(level.data, key) ? level.data[key] : undefined;
  }, claims);
}
