import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import sirv from 'sirv';

/** Scripts, styles and requests from here only; nothing inline, no other host. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/** The names of these files hold a hash of their content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Backfills</title>
<h1>The page is not built</h1>
<p>Run <code>npm run build:page</code> in the checkout and start the web process again.</p>
<p>Meanwhile: <a href="/queues">queues</a>, <a href="/api/backfills">backfills as JSON</a>, <a href="/docs">API reference</a>.</p>
</html>
`;

/**
 * The address of a backfill for links from elsewhere. What stands behind `#` is never sent here, so that it
 * would be lost on the way through the sign-in; of this address it is made once somebody is let in.
 */
export const leadToBackfill: RequestHandler<{ id: string }> = (request, response) => {
  const query = new URL(request.url, 'http://here.invalid').search;
  response.redirect(302, `/#/backfills/${encodeURIComponent(request.params.id)}${query}`);
};

/** The built page: `dashboard/page/dist` in a checkout, `page` beside this file in the package. */
export function pageFiles(): RequestHandler {
  const fresh = join(import.meta.dirname, 'page', 'dist');
  const packaged = join(import.meta.dirname, 'page');
  const directory = [fresh, packaged].find((candidate) => existsSync(join(candidate, 'assets')));
  if (directory === undefined) return sayNotBuilt;
  const files = sirv(directory, {
    gzip: true,
    brotli: true,
    etag: true,
    // A checkout may build the page again under a web process that runs.
    dev: directory === fresh,
  });
  return (request, response, next) => {
    // Set before sirv looks: it calls setHeaders for no 304, and a browser takes the headers of a 304 for the
    // page that it has kept. With the strict policy that page would stay blank.
    const before = response.getHeaders();
    response.set('Content-Security-Policy', PAGE_POLICY);
    if (request.path.startsWith('/assets/')) response.set('Cache-Control', IMMUTABLE);
    files(request, response, () => {
      for (const name of ['content-security-policy', 'cache-control']) {
        const value = before[name];
        if (value !== undefined) response.setHeader(name, value);
      }
      next();
    });
  };
}

const sayNotBuilt: RequestHandler = (request, response, next) => {
  if (request.path !== '/') {
    next();
    return;
  }
  response.set('Content-Security-Policy', PAGE_POLICY).status(503).type('html').send(NOT_BUILT);
};
