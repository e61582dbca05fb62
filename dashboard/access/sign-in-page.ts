import { htmlText } from './html-text.ts';

export const STYLE_PATH = '/sign-in.css';

export interface SignInPage {
  /** Where to go afterwards: a path of ours. */
  readonly next: string;
  /** Whether anybody has a token. */
  readonly tokens: boolean;
  /** Host of the OpenID provider, or null. */
  readonly provider: string | null;
  /** What went wrong before, or null. */
  readonly problem: string | null;
}

/** The page of `/sign-in`: a form without scripts. */
export function signInPage({ next, tokens, provider, problem }: SignInPage): string {
  const parts = [
    `<h1>Sign in</h1>
<p class="product">databricks-backfill</p>`,
    problem === null ? '' : `<p class="problem" id="problem" role="alert">${htmlText(problem)}</p>`,
    provider === null
      ? ''
      : `<a class="button" href="/sign-in/oidc?next=${encodeURIComponent(next)}">Sign in with ${htmlText(provider)}</a>`,
    provider !== null && tokens ? '<p class="or">or</p>' : '',
    tokens ? tokenForm(next, { hasProblem: problem !== null, isOnlyWay: provider === null }) : '',
    provider === null && !tokens ? VIA_PROXY : '',
  ];
  return page('Sign in', parts.filter((part) => part !== '').join('\n'));
}

/** The page of `/sign-out`, which asks once. */
export function signOutPage(name: string, csrfToken: string): string {
  return page(
    'Sign out',
    `<h1>Sign out</h1>
<p class="product">databricks-backfill</p>
<p>You are signed in as <strong>${htmlText(name)}</strong>. Backfills go on without you.</p>
<form method="post" action="/sign-out">
<input type="hidden" name="csrf_token" value="${htmlText(csrfToken)}">
<button class="button" type="submit">Sign out</button>
</form>
<p class="hint"><a href="/">Back to the backfills</a></p>`,
  );
}

function tokenForm(
  next: string,
  { hasProblem, isOnlyWay }: { hasProblem: boolean; isOnlyWay: boolean },
): string {
  const problem = hasProblem ? ' aria-describedby="problem hint"' : ' aria-describedby="hint"';
  return `<form method="post" action="/sign-in">
<input type="hidden" name="next" value="${htmlText(next)}">
<label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autocapitalize="none" spellcheck="false" required autofocus${problem}>
<button class="button${isOnlyWay ? '' : ' second'}" type="submit">Sign in${isOnlyWay ? '' : ' with the token'}</button>
<p class="hint" id="hint">The one you use with the API and the <code>backfill</code> command. You have none? Ask whoever runs this server.</p>
</form>`;
}

const VIA_PROXY = `<p>This server lets in whom the proxy in front of it has signed in. Open it by the address of that proxy.</p>`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · Backfills</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}
