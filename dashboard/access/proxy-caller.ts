import type { Request } from 'express';
import type { TrustedProxyConfig } from '../../src/config/access-config.ts';
import type { KnownCaller } from '../caller.ts';
import { refusal } from './refusal.ts';
import { callerName, roleOf } from './role.ts';

/**
 * Whom a trusted proxy has let in, by its header; null when the request does not come from its address, or
 * without the header.
 * @throws BackfillError forbidden for a user without a role
 */
export function proxyCaller(request: Request, proxy: TrustedProxyConfig | null): KnownCaller | null {
  if (proxy === null || proxy.userHeader === null || !isFromProxy(request)) return null;
  const given = request.get(proxy.userHeader) ?? '';
  if (given === '') return null;
  const name = callerName(given);
  const values = proxy.roleHeader === null ? '' : (request.get(proxy.roleHeader) ?? '');
  const role = roleOf(
    values.split(',').map((value) => value.trim()),
    proxy,
  );
  const granted = role ?? proxy.defaultRole;
  if (name !== null && granted !== null) return { name, role: granted, via: 'proxy' };
  throw refusal('no_role', 'The proxy knows you, but you have no role here. Ask whoever runs this server.');
}

/** The socket's own address counts: what a client writes into X-Forwarded-For is no proof. */
function isFromProxy(request: Request): boolean {
  const isTrusted: (address: string, hop: number) => boolean = request.app.get('trust proxy fn');
  return isTrusted(request.socket.remoteAddress ?? '', 0);
}
