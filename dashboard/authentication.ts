import type { Request, RequestHandler, Response } from 'express';
import type { AccessControl } from './access/access-control.ts';
import { proxyCaller } from './access/proxy-caller.ts';
import { refusal } from './access/refusal.ts';
import { isWrite, refuseOtherHosts, refuseOtherSites } from './access/same-site.ts';
import { CSRF_HEADER, csrfTokenFor, isCsrfToken, sessionIdOf } from './access/session-cookie.ts';
import { ANONYMOUS, type KnownCaller, noteCaller } from './caller.ts';
import { type Route, viewersOnlyRead } from './route.ts';

/**
 * Lets a request pass or refuses it. Who asks is known by, in this order: the header of a trusted proxy,
 * `Authorization: Bearer <token>`, the session of the sign-in page. A viewer may only read: of writes
 * those pass that `readers` names, whose routes look at the body. No other web site may write, and a session writes with its CSRF token in `X-CSRF-Token`, which `GET /api/session` tells.
 * Where nothing of it is configured, everybody passes who reaches the loopback address, but not a web page
 * that reaches it by another name. A browser that asks for a page is led to the sign-in.
 */
export function authentication(
  access: AccessControl,
  readers: readonly Pick<Route, 'method' | 'path'>[] = [],
): RequestHandler {
  const mayRead = ({ method, path }: Request) =>
    readers.some((route) => route.method.toUpperCase() === method && route.path === path);
  return async (request, response, next) => {
    refuseOtherSites(request);
    const caller = access.open ? everybody(request, response) : await known(request, response, access);
    if (caller === null) {
      leadToSignIn(request, response);
      return;
    }
    if (caller.role === 'viewer' && isWrite(request) && !mayRead(request)) throw viewersOnlyRead();
    next();
  };
}

function everybody(request: Request, response: Response): KnownCaller {
  refuseOtherHosts(request);
  noteCaller(response, ANONYMOUS, null);
  return ANONYMOUS;
}

async function known(
  request: Request,
  response: Response,
  access: AccessControl,
): Promise<KnownCaller | null> {
  const stated = proxyCaller(request, access.config.trustedProxy) ?? (await access.bearers.caller(request));
  if (stated !== null) {
    noteCaller(response, stated, null);
    return stated;
  }
  const sessionId = sessionIdOf(request);
  const owner = sessionId === null ? null : await access.sessions.ownerOf(sessionId);
  if (sessionId === null || owner === null) return null;
  const caller: KnownCaller = { name: owner.name, role: owner.role, via: 'session' };
  noteCaller(response, caller, csrfTokenFor(sessionId));
  if (isWrite(request) && !isCsrfToken(request.get(CSRF_HEADER) ?? '', sessionId)) {
    throw refusal(
      'csrf_token',
      'A signed-in page must send the csrf_token of GET /api/session as X-CSRF-Token. Reload the page.',
    );
  }
  return caller;
}

/** @throws BackfillError unauthenticated, for whatever is not a browser that asks for a page */
function leadToSignIn(request: Request, response: Response): void {
  const asksForPage = !isWrite(request) && request.accepts(['json', 'html']) === 'html';
  if (asksForPage && !request.path.startsWith('/api/')) {
    response.redirect(302, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
    return;
  }
  throw sessionIdOf(request) === null
    ? refusal(
        'no_token',
        'A token is needed. Send `Authorization: Bearer <token>` with a token of BACKFILL_API_TOKENS, or sign in at /sign-in.',
      )
    : refusal('session_ended', 'The session has ended. Sign in again at /sign-in.');
}
