import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiToken } from '../src/config/config.ts';
import { BackfillError } from '../src/errors/backfill-error.ts';

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly role: ApiToken['role'];
}

const ANONYMOUS: Caller = { name: 'anonymous', role: 'operator' };
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Whether an address to bind reaches this machine only. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address) || address === '::1';
}

/**
 * Lets a request pass or refuses it. With tokens: `Authorization: Bearer <token>`, or Basic with the token as
 * password for browsers; a viewer may only read. Without: everybody who reaches the loopback address, but not
 * a web page that reaches it by another name (DNS rebinding). Either way no other web site may write.
 */
export function authentication(tokens: readonly ApiToken[]): RequestHandler {
  const known = tokens.map((token) => ({ caller: token, digest: digestOf(token.token.reveal()) }));
  return (request, response, next) => {
    refuseOtherSites(request);
    if (tokens.length === 0) refuseOtherHosts(request);
    const caller = tokens.length === 0 ? ANONYMOUS : callerWithToken(request, response, known);
    if (caller.role === 'viewer' && !SAFE_METHODS.has(request.method)) {
      throw new BackfillError('forbidden', 'The role viewer may only read. Use a token of role operator.');
    }
    response.locals.caller = { name: caller.name, role: caller.role };
    next();
  };
}

/** The caller that {@link authentication} let pass. */
export function callerOf(response: Response): Caller {
  return (response.locals.caller as Caller | undefined) ?? ANONYMOUS;
}

interface KnownToken {
  readonly caller: Caller;
  readonly digest: Buffer;
}

function callerWithToken(request: Request, response: Response, known: readonly KnownToken[]): Caller {
  const given = tokenOf(request.get('authorization') ?? '');
  const digest = digestOf(given ?? '');
  // Every token is compared, and digests have one length: time tells nothing.
  const matching = known.filter((token) => timingSafeEqual(token.digest, digest));
  const [first] = matching;
  if (given !== null && first !== undefined) return first.caller;
  const scheme = request.path.startsWith('/api/') ? 'Bearer' : 'Basic';
  response.set('WWW-Authenticate', `${scheme} realm="databricks-backfill"`);
  throw new BackfillError(
    'unauthenticated',
    given === null
      ? 'A token is needed. Send `Authorization: Bearer <token>` with a token of BACKFILL_API_TOKENS.'
      : 'This token is not known. Use one of BACKFILL_API_TOKENS.',
  );
}

function tokenOf(authorization: string): string | null {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function refuseOtherHosts(request: Request): void {
  if (LOOPBACK.test(request.get('host') ?? '')) return;
  throw new BackfillError(
    'forbidden',
    'Without BACKFILL_API_TOKENS this address answers only as localhost. Set tokens to use another name.',
  );
}

/** A browser sends Origin with every request that may write; other clients send none. */
function refuseOtherSites(request: Request): void {
  const origin = request.get('origin');
  if (origin === undefined || SAFE_METHODS.has(request.method)) return;
  if (URL.canParse(origin) && new URL(origin).host === request.get('host')) return;
  throw new BackfillError('forbidden', 'Another web site may not change anything here.');
}
