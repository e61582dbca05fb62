import { createHmac, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { nextPath } from './next-path.ts';
import { cookieOf, cookieOptions } from './session-cookie.ts';

const COOKIE = 'backfill_oidc';
/** How long a person may take at the provider. */
const LIFETIME_MS = 10 * 60_000;
const ID = /^[A-Za-z0-9_-]{43}$/;

/**
 * One sign-in at a provider, from leaving us to coming back. It is in the browser's cookie and nowhere else:
 * who begins a thousand of them costs us nothing.
 */
export class OidcAttempt {
  readonly #id: string;
  /** Where to go afterwards. */
  readonly next: string;

  private constructor(id: string, next: string) {
    this.#id = id;
    this.next = next;
  }

  static begin(request: Request, response: Response, next: string): OidcAttempt {
    const id = randomBytes(32).toString('base64url');
    const value = `${id}.${Buffer.from(next).toString('base64url')}`;
    response.cookie(COOKIE, value, { ...cookieOptions(request), maxAge: LIFETIME_MS });
    return new OidcAttempt(id, next);
  }

  /** The attempt of this browser, which is over with that; null if there is none. */
  static take(request: Request, response: Response): OidcAttempt | null {
    const [id = '', next = ''] = (cookieOf(request, COOKIE) ?? '').split('.');
    response.clearCookie(COOKIE, cookieOptions(request));
    return ID.test(id) ? new OidcAttempt(id, nextPath(Buffer.from(next, 'base64url').toString())) : null;
  }

  /** Ties the way back to this browser. Source: RFC 6749, section 10.12. */
  get state(): string {
    return this.#derived('state');
  }

  /** Ties the ID token to this attempt. Source: OpenID Connect Core 1.0, section 3.1.2.1. */
  get nonce(): string {
    return this.#derived('nonce');
  }

  /** Proves at the token endpoint who asked for the code; 43 characters. Source: RFC 7636, section 4.1. */
  get codeVerifier(): string {
    return this.#derived('code_verifier');
  }

  #derived(purpose: string): string {
    return createHmac('sha256', this.#id).update(purpose).digest('base64url');
  }
}
