import type { Request } from 'express';
import { refusal } from './refusal.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Whether an address to bind reaches this machine only. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address) || address === '::1';
}

/** Whether a request may change something. */
export function isWrite(request: Request): boolean {
  return !SAFE_METHODS.has(request.method);
}

/** Without tokens a web page may reach us by a name of its own (DNS rebinding). */
export function refuseOtherHosts(request: Request): void {
  if (LOOPBACK.test(request.get('host') ?? '')) return;
  throw refusal(
    'other_host',
    'Without BACKFILL_API_TOKENS this address answers only as localhost. Set tokens to use another name.',
  );
}

/**
 * A browser sends Origin with every request that may write, and Sec-Fetch-Site too if it is of this decade;
 * other clients send neither. A sister host ("same-site") is another site here.
 */
export function refuseOtherSites(request: Request): void {
  if (!isWrite(request)) return;
  const origin = request.get('origin');
  const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.host);
  const site = request.get('sec-fetch-site') ?? 'none';
  if (isOwn && (site === 'same-origin' || site === 'none')) return;
  throw refusal('other_site', 'Another web site may not change anything here.');
}
