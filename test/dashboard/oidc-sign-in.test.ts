import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningCommand } from '../harness/command.ts';
import { type OidcProvider, startOidcProvider } from '../harness/oidc-provider.ts';
import { cleanUpRedis, testPrefix, testRedisUrl } from '../harness/redis.ts';
import { CookieBrowser, type Page } from './cookie-browser.ts';

const CALLBACK = /\/sign-in\/oidc\/callback\?/;

interface Site {
  readonly provider: OidcProvider;
  readonly command: RunningCommand;
  readonly url: string;
}

let prefix: string;
let folder: string;
const sites: Site[] = [];

/** A provider, and the web process as people run it: its library for OpenID is ESM only, which Jest cannot load on Node 20. */
async function startSite(claimsIn: 'id_token' | 'userinfo'): Promise<Site> {
  const provider = await startOidcProvider(claimsIn);
  const config = join(folder, `${claimsIn}.yaml`);
  const oidc = {
    issuer: provider.issuer,
    client_id: 'backfill',
    client_secret: `\${env.OIDC_CLIENT_SECRET}`,
    scopes: ['openid', 'email', 'groups'],
    role_claim: 'groups',
    operator_values: ['data-operators'],
    viewer_values: ['data-viewers'],
  };
  await writeFile(config, JSON.stringify({ backfill: { web: { oidc } } }));
  const command = new RunningCommand(['web'], {
    env: {
      BACKFILL_CONFIG: config,
      BACKFILL_PORT: '0',
      BACKFILL_REDIS_PREFIX: prefix,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      REDIS_URL: testRedisUrl(),
    },
  });
  await command.untilSaid(/Ready at http[^"]+/);
  const site = { provider, command, url: /Ready at (http[^"]+)/.exec(command.said)?.[1] ?? '' };
  sites.push(site);
  return site;
}

let site: Site;

beforeAll(async () => {
  prefix = testPrefix();
  folder = await mkdtemp(join(tmpdir(), 'backfill-oidc-'));
  site = await startSite('userinfo');
});
afterAll(async () => {
  await Promise.all(sites.flatMap(({ command, provider }) => [command.stop(), provider.stop()]));
  await cleanUpRedis(prefix);
  await rm(folder, { recursive: true, force: true });
});

async function signIn(
  { url, provider }: Site,
  browser: CookieBrowser,
  login: string,
  stopAt?: RegExp,
): Promise<Page> {
  const form = await browser.open(`${url}/sign-in/oidc?next=/queues`);
  expect(form.url).toContain(provider.issuer);
  const consent = await browser.submit(form, { login, password: 'any' });
  expect(consent.text).toContain('value="consent"');
  return browser.submit(consent, {}, stopAt);
}

test('the sign-in page leads to the provider', async () => {
  const page = await new CookieBrowser().open(`${site.url}/`);
  expect(page.text).toContain(
    `href="/sign-in/oidc?next=%2F">Sign in with ${new URL(site.provider.issuer).host}</a>`,
  );
  expect(page.text).not.toContain('Access token');
});

test.each([
  ['ada', 'operator'],
  ['bob', 'viewer'],
])('%s signs in there and is %s here', async (login, role) => {
  const browser = new CookieBrowser();
  const page = await signIn(site, browser, login);
  expect([page.status, page.url]).toEqual([200, `${site.url}/queues`]);
  const session = JSON.parse((await browser.open(`${site.url}/api/session`)).text);
  expect(session).toMatchObject({ name: `${login}@example.com`, role });
  expect(site.command.said).toContain(`"caller":"${login}@example.com","role":"${role}","with":"oidc"`);
  expect(site.command.said).not.toMatch(/code=|client-secret/);
});

test('somebody without a role is told so and not let in', async () => {
  const browser = new CookieBrowser();
  const page = await signIn(site, browser, 'eve');
  expect(page.status).toBe(403);
  expect(page.text).toContain('knows you as eve@example.com, but you have no role here.');
  expect((await browser.open(`${site.url}/api/session`)).status).toBe(401);
});

test('the way back is good once, and only in the browser that began', async () => {
  const browser = new CookieBrowser();
  const stopped = await signIn(site, browser, 'ada', CALLBACK);
  const stranger = await new CookieBrowser().open(stopped.url);
  expect([stranger.status, stranger.text]).toEqual([401, expect.stringContaining('in another window')]);

  const other = new CookieBrowser();
  await other.open(`${site.url}/sign-in/oidc`);
  expect((await other.open(stopped.url)).status).toBe(401);

  expect((await browser.open(stopped.url)).url).toBe(`${site.url}/queues`);
  expect((await browser.open(stopped.url)).status).toBe(401);
});

test('who gives up at the provider is back at the sign-in with a sentence about it', async () => {
  const browser = new CookieBrowser();
  const form = await browser.open(`${site.url}/sign-in/oidc`);
  const abort = /href="([^"]*abort)"/.exec(form.text)?.[1] ?? '';
  const page = await browser.open(new URL(abort, form.url).href);
  expect([page.status, page.text]).toEqual([401, expect.stringContaining('did not succeed. Try again')]);
});

test('a provider that tells groups in its ID token will do as well', async () => {
  const other = await startSite('id_token');
  const browser = new CookieBrowser();
  expect((await signIn(other, browser, 'bob')).url).toBe(`${other.url}/queues`);
  expect(JSON.parse((await browser.open(`${other.url}/api/session`)).text).role).toBe('viewer');
});
