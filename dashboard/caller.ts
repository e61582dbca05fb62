import type { Request, Response } from 'express';
import type { ApiToken } from '../src/config/config.ts';

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly role: ApiToken['role'];
}

export interface KnownCaller extends Caller {
  /** How we know: nothing is asked of anybody, a token, a session, or the proxy's word. */
  readonly via: 'open' | 'token' | 'session' | 'proxy';
}

/** Everybody, where no token, provider or proxy is configured. */
export const ANONYMOUS: KnownCaller = { name: 'anonymous', role: 'operator', via: 'open' };

/** Notes who asks. `csrfToken` is what a session must send with every write; null where none is needed. */
export function noteCaller(response: Response, caller: KnownCaller, csrfToken: string | null): void {
  response.locals.caller = caller;
  response.locals.csrfToken = csrfToken;
}

/** The caller whom authentication let pass. */
export function callerOf(response: Response): KnownCaller {
  return knownCaller(response) ?? ANONYMOUS;
}

/** Null for a request that did not get through authentication. */
export function knownCaller(response: Response): KnownCaller | null {
  return (response.locals.caller as KnownCaller | undefined) ?? null;
}

export function csrfTokenOf(response: Response): string | null {
  return (response.locals.csrfToken as string | null | undefined) ?? null;
}

/** IP address of the client: behind a trusted proxy the one that the proxy forwards. */
export function addressOf(request: Request): string {
  return request.ip ?? 'unknown';
}
