import type { Request, Response } from 'express';
import { addressOf, type Caller } from '../caller.ts';
import type { AccessControl } from './access-control.ts';
import { clearSessionCookie, sessionIdOf, setSessionCookie } from './session-cookie.ts';

/** Begins a session and leads on. An id that the browser brings along is never taken over (session fixation). */
export async function signIn(
  { config, sessions, facts }: AccessControl,
  request: Request,
  response: Response,
  entry: { readonly owner: Caller; readonly means: 'token' | 'oidc'; readonly next: string },
): Promise<void> {
  const { owner, means, next } = entry;
  const before = sessionIdOf(request);
  if (before !== null) await sessions.end(before);
  const id = await sessions.begin(owner, means);
  setSessionCookie(request, response, id, config.sessionLifetimeMs);
  facts.emit({
    type: 'access.signed_in',
    caller: owner.name,
    role: owner.role,
    with: means,
    address: addressOf(request),
  });
  response.redirect(303, next);
}

/** Ends the session here and in Redis: a copy of the cookie is worth nothing any more. */
export async function signOut(
  { sessions, facts }: AccessControl,
  request: Request,
  response: Response,
  session: { readonly id: string; readonly owner: Caller },
): Promise<void> {
  await sessions.end(session.id);
  clearSessionCookie(request, response);
  facts.emit({ type: 'access.signed_out', caller: session.owner.name, address: addressOf(request) });
  response.redirect(303, '/sign-in');
}
