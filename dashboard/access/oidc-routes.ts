import type { Application, Request } from 'express';
import { addressOf } from '../caller.ts';
import type { AccessControl } from './access-control.ts';
import { nextPath } from './next-path.ts';
import { OidcAttempt } from './oidc-attempt.ts';
import type { OidcClient } from './oidc-client.ts';
import { refusal } from './refusal.ts';
import { signIn } from './sign-in.ts';

const CALLBACK_PATH = '/sign-in/oidc/callback';

/** The way to the OpenID provider and back. The provider must know `<our address>/sign-in/oidc/callback`. */
export function oidcRoutes(app: Application, access: AccessControl, oidc: OidcClient): void {
  app.get('/sign-in/oidc', async (request, response) => {
    const attempt = OidcAttempt.begin(request, response, nextPath(request.query.next));
    response.redirect(303, await oidc.authorizationUrl(attempt, ownUrl(request, CALLBACK_PATH).href));
  });
  app.get(CALLBACK_PATH, async (request, response) => {
    const address = addressOf(request);
    await access.failures.refuseBeyond(address);
    const attempt = OidcAttempt.take(request, response);
    if (attempt === null) {
      throw refusal('session_ended', 'This sign-in took too long, or began in another window. Try again.');
    }
    const owner = await oidc.redeem(attempt, ownUrl(request, request.originalUrl)).catch(async (failure) => {
      // Each way back makes us ask the provider, so nobody may come back without end.
      await access.failures.count(address);
      throw failure;
    });
    await signIn(access, request, response, { owner, means: 'oidc', next: attempt.next });
  });
}

/** A forged Host leads nowhere: the provider sends codes only to addresses that it was told. */
function ownUrl(request: Request, path: string): URL {
  return new URL(path, `${request.protocol}://${request.host}`);
}
