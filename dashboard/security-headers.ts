import type { RequestHandler } from 'express';
import helmet, { strictTransportSecurity } from 'helmet';

/** Nothing may be loaded, framed or sent elsewhere; a page that needs more sets a policy of its own. */
export const STRICT_POLICY =
  "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Bull Board's page has a style element and asks for fonts of another host, which this keeps it from. */
export const BOARD_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const HSTS_SECONDS = 180 * 24 * 3_600;

const common = helmet({
  contentSecurityPolicy: false,
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
  // Not no-referrer: with it a browser sends `Origin: null` with our own forms.
  referrerPolicy: { policy: 'same-origin' },
});

/** Other ports and sister hosts of this name may well be without TLS. */
const overTls = strictTransportSecurity({ maxAge: HSTS_SECONDS, includeSubDomains: false });

/** Headers that make a browser careful, on every answer. */
export const securityHeaders: RequestHandler = (request, response, next) => {
  response.set({ 'Content-Security-Policy': STRICT_POLICY, 'Cache-Control': 'no-cache' });
  common(request, response, (failure) => {
    if (failure !== undefined || !request.secure) next(failure);
    else overTls(request, response, next);
  });
};

/** Replaces the strict content policy of a part that needs another one. */
export function contentPolicy(policy: string): RequestHandler {
  return (_request, response, next) => {
    response.set('Content-Security-Policy', policy);
    next();
  };
}
