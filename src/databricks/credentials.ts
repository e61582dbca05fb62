import { z } from 'zod';
import type { DatabricksConfig } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { BackfillError } from '../errors/backfill-error.ts';
import { readAnswer, unreadable } from './answer.ts';
import { mayRetryRequest } from './request-retry.ts';
import { retryWithin } from './retry.ts';
import type { HttpRequest, WorkspaceConnection } from './workspace-connection.ts';

/** What a request shows to be let in. */
export interface Credentials {
  /** Value of the Authorization header. */
  authorization(): Promise<string>;
  /** Told that `refused` was not accepted; answers whether the next `authorization()` will be a new one. */
  renew(refused: string): boolean;
}

export function credentialsFor(
  auth: DatabricksConfig['auth'],
  connection: WorkspaceConnection,
  retryWindowMs: number,
): Credentials {
  switch (auth.kind) {
    case 'pat':
      return {
        authorization: async () => `Bearer ${auth.token.reveal()}`,
        renew: () => false,
      };
    case 'oauth-m2m':
      return new ServicePrincipal(auth, connection, retryWindowMs);
  }
}

interface Token {
  authorization: string;
  /** From here on a new one is fetched, while this one still serves. */
  renewAtMs: number;
  expiresAtMs: number;
}

const DISCOVERY_PATH = '/oidc/.well-known/oauth-authorization-server';

const DiscoverySchema = z.object({ token_endpoint: z.url({ protocol: /^https$/ }) });

const TokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().default(3600) });

const LONGEST_EARLY_MS = 120_000;

/**
 * OAuth machine-to-machine tokens of a service principal (RFC 6749, 4.4), kept until shortly before
 * they expire. Concurrent callers share one fetch.
 */
class ServicePrincipal implements Credentials {
  readonly #clientId: string;
  readonly #clientSecret: Secret;
  readonly #connection: WorkspaceConnection;
  readonly #retryWindowMs: number;
  #tokenEndpoint: string | null = null;
  #token: Token | null = null;
  #fetching: Promise<Token> | null = null;

  constructor(
    auth: { clientId: string; clientSecret: Secret },
    connection: WorkspaceConnection,
    retryWindowMs: number,
  ) {
    this.#clientId = auth.clientId;
    this.#clientSecret = auth.clientSecret;
    this.#connection = connection;
    this.#retryWindowMs = retryWindowMs;
  }

  async authorization(): Promise<string> {
    const token = this.#token;
    if (token !== null && Date.now() < token.renewAtMs) return token.authorization;
    try {
      return (await this.#renewed()).authorization;
    } catch (failure) {
      if (token !== null && token === this.#token && Date.now() < token.expiresAtMs)
        return token.authorization;
      throw failure;
    }
  }

  renew(refused: string): boolean {
    if (this.#token?.authorization === refused) this.#token = null;
    return true;
  }

  #renewed(): Promise<Token> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<Token> {
    this.#tokenEndpoint ??= (
      await this.#request({ method: 'GET', path: DISCOVERY_PATH, headers: {} }, DiscoverySchema)
    ).token_endpoint;
    const basic = Buffer.from(`${this.#clientId}:${this.#clientSecret.reveal()}`).toString('base64');
    const askedAtMs = Date.now();
    const granted = await this.#request(
      {
        method: 'POST',
        path: this.#tokenEndpoint,
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=all-apis',
      },
      TokenSchema,
    );
    const lifetimeMs = granted.expires_in * 1000;
    const token = {
      authorization: `Bearer ${granted.access_token}`,
      renewAtMs: askedAtMs + lifetimeMs - Math.min(LONGEST_EARLY_MS, lifetimeMs / 5),
      expiresAtMs: askedAtMs + lifetimeMs,
    };
    this.#token = token;
    return token;
  }

  async #request<Schema extends z.ZodType>(request: HttpRequest, schema: Schema): Promise<z.output<Schema>> {
    const exchange = { host: this.#connection.host, request, secret: this.#clientSecret.reveal() };
    const mayRetry = (error: BackfillError) => mayRetryRequest(error, { ...request, idempotent: true });
    return retryWithin({ windowMs: this.#retryWindowMs, mayRetry }, async () => {
      const answer = await this.#connection.exchange(request);
      const body = schema.safeParse(readAnswer(answer, exchange));
      if (body.success) return body.data;
      throw unreadable(exchange, answer.status, 'no OAuth answer', body.error);
    }).catch((error: BackfillError) => {
      throw refusesPrincipal(error) ? this.#unauthenticated(error) : error;
    });
  }

  #unauthenticated(cause: BackfillError): BackfillError {
    return new BackfillError(
      'workspace_unauthenticated',
      `${new URL(this.#connection.host).host} does not accept the service principal ${this.#clientId}; check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.`,
      { cause, details: cause.details },
    );
  }
}

/** The token endpoint answers unknown clients with 400 or 401 (RFC 6749, 5.2). */
function refusesPrincipal(error: BackfillError): boolean {
  return ['workspace_rejected', 'workspace_unauthenticated', 'workspace_forbidden'].includes(error.code);
}
