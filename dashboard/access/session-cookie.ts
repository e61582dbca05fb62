import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';

/** Header in which a page sends the CSRF token of its session with every write. */
export const CSRF_HEADER = 'x-csrf-token';

/** The id in the session cookie, or null. */
export function sessionIdOf(request: Request): string | null {
  return cookieOf(request, nameFor(request));
}

export function setSessionCookie(request: Request, response: Response, id: string, lifetimeMs: number): void {
  response.cookie(nameFor(request), id, { ...cookieOptions(request), maxAge: lifetimeMs });
}

export function clearSessionCookie(request: Request, response: Response): void {
  response.clearCookie(nameFor(request), cookieOptions(request));
}

/**
 * Lax and not Strict: a link to a backfill in a message must not lead to the sign-in page, and so would the
 * way back from a provider. Writes do not lean on it; they need the CSRF token.
 */
export function cookieOptions(request: Request): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure: request.secure, path: '/' };
}

export function cookieOf(request: Request, name: string): string | null {
  return parse(request.get('cookie') ?? '')[name] ?? null;
}

/** Derived, so that it is stored nowhere: only who has the session's id, or is told, knows it. */
export function csrfTokenFor(sessionId: string): string {
  return createHmac('sha256', sessionId).update('csrf').digest('base64url');
}

export function isCsrfToken(given: string, sessionId: string): boolean {
  const [expected, found] = [Buffer.from(csrfTokenFor(sessionId)), Buffer.from(given)];
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** Browsers take a `__Host-` cookie over TLS only and for this very host: no sister host can plant one. */
function nameFor(request: Request): string {
  return request.secure ? '__Host-backfill_session' : 'backfill_session';
}
