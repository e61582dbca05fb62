import { randomUUID } from 'node:crypto';
import { ApiError } from './api-error.ts';

/** Who may call: any non-empty bearer token, or one token only; and tokens issued by the OAuth endpoint. */
export class Access {
  readonly #onlyToken: string | null;
  readonly #expiryMs = new Map<string, number>();

  constructor(onlyToken: string | null) {
    this.#onlyToken = onlyToken;
  }

  /** Issues an OAuth token. */
  issue(ttlSeconds: number): string {
    const token = `eyJ-emulator-${randomUUID()}`;
    this.#expiryMs.set(token, Date.now() + ttlSeconds * 1000);
    return token;
  }

  /** Ends every OAuth token, as a workspace may at any time; the next call needs a new one. */
  revoke(): void {
    for (const token of this.#expiryMs.keys()) this.#expiryMs.set(token, 0);
  }

  /** Throws 401 without a bearer token, 403 for a wrong or expired one, in the words of Databricks. */
  check(authorization: string | undefined): void {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      const message = 'Credential was not sent or was of an unsupported type for this API.';
      throw new ApiError(401, 401, message);
    }
    const expiryMs = this.#expiryMs.get(token);
    if (expiryMs !== undefined && expiryMs <= Date.now()) {
      throw new ApiError(401, 401, 'Access token has expired.');
    }
    if (expiryMs === undefined && this.#onlyToken !== null && token !== this.#onlyToken) {
      throw new ApiError(403, 403, 'Invalid access token.');
    }
  }
}
