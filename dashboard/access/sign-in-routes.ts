import express, { type Application, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { addressOf, type Caller } from '../caller.ts';
import { checked } from '../request-issues.ts';
import type { AccessControl } from './access-control.ts';
import { nextPath } from './next-path.ts';
import { OidcClient } from './oidc-client.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { refusal } from './refusal.ts';
import { refuseOtherSites } from './same-site.ts';
import { CSRF_HEADER, csrfTokenFor, isCsrfToken, sessionIdOf } from './session-cookie.ts';
import { signIn, signOut } from './sign-in.ts';
import { failedSignIn } from './sign-in-failure.ts';
import { STYLE_PATH, signInPage, signOutPage } from './sign-in-page.ts';
import { SIGN_IN_STYLE } from './sign-in-style.ts';

const FORM_LIMIT_BYTES = 16 * 1024;
const POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What the form of `/sign-in` posts. */
const SignInFormSchema = z.object({ token: z.string(), next: z.string().optional() });

/** What the form of `/sign-out` posts; a page with scripts may send the header instead. */
const SignOutFormSchema = z.object({ csrf_token: z.string().optional() }).prefault({});

/** Sign-in and sign-out of browsers, and what these pages need: all that is served before authentication. */
export function signInRoutes(app: Application, access: AccessControl): void {
  const { config, tokens } = access;
  const oidc = config.oidc === null ? null : new OidcClient(config.oidc);
  const show = (next: string, problem: string | null) =>
    signInPage({ next, tokens: !tokens.isEmpty, provider: oidc?.host ?? null, problem });

  app.get(STYLE_PATH, (_request, response) => {
    response.type('css').send(SIGN_IN_STYLE);
  });
  app.use(['/sign-in', '/sign-out'], guarded, express.urlencoded({ limit: FORM_LIMIT_BYTES }));
  app.get('/sign-in', async (request, response) => {
    const next = nextPath(request.query.next);
    if (access.open || (await sessionOf(access, request)) !== null) response.redirect(303, next);
    else response.type('html').send(show(next, null));
  });
  app.post('/sign-in', (request, response) => signInWithToken(access, request, response));
  app.get('/sign-out', async (request, response) => {
    const session = await sessionOf(access, request);
    if (session === null) response.redirect(303, '/sign-in');
    else response.type('html').send(signOutPage(session.owner.name, csrfTokenFor(session.id)));
  });
  app.post('/sign-out', (request, response) => signOutOnce(access, request, response));
  if (oidc !== null) oidcRoutes(app, access, oidc);
  app.use('/sign-in', failedSignIn(access, show));
}

const guarded: RequestHandler = (request, response, next) => {
  response.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store' });
  refuseOtherSites(request);
  next();
};

async function signInWithToken(access: AccessControl, request: Request, response: Response): Promise<void> {
  const { token, next } = checked(SignInFormSchema, request.body, 'form');
  const address = addressOf(request);
  const owner = access.tokens.ownerOf(token.trim());
  if (owner === null) {
    await access.failures.count(address);
    throw refusal('unknown_token', 'This token is not known. Check that all of it was pasted.');
  }
  await access.failures.refuseBeyond(address);
  await signIn(access, request, response, { owner, means: 'token', next: nextPath(next) });
}

async function signOutOnce(access: AccessControl, request: Request, response: Response): Promise<void> {
  const session = await sessionOf(access, request);
  if (session === null) {
    response.redirect(303, '/sign-in');
    return;
  }
  const { csrf_token } = checked(SignOutFormSchema, request.body, 'form');
  if (!isCsrfToken(request.get(CSRF_HEADER) ?? csrf_token ?? '', session.id)) {
    throw refusal('csrf_token', 'The page was out of date. Open /sign-out and try again.');
  }
  await signOut(access, request, response, session);
}

async function sessionOf(
  { sessions }: AccessControl,
  request: Request,
): Promise<{ id: string; owner: Caller } | null> {
  const id = sessionIdOf(request);
  const owner = id === null ? null : await sessions.ownerOf(id);
  return id === null || owner === null ? null : { id, owner };
}
