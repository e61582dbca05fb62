import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../harness/chromium.ts';
import { seriousFindings } from '../page/serious-findings.ts';
import { storeBackfill } from '../page/stored-backfill.ts';
import { SCREENSHOTS } from '../page/test-browser.ts';
import { OPERATOR_TOKEN, tokens, VIEWER_TOKEN } from './access-clients.ts';
import { type RunningWeb, startWeb, webConfig } from './running-web.ts';

const PAUSE = '/api/backfills/0190aaaa-0000-7000-8000-000000000000/pause';

let browser: Browser;
let web: RunningWeb;
let context: BrowserContext;
let page: Page;
let asked: string[] = [];
let complaints: string[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
});
afterAll(() => browser?.close());

beforeEach(async () => {
  web = await startWeb({ web: { ...webConfig().web, tokens } });
  context = await browser.newContext();
  page = await context.newPage();
  asked = [];
  complaints = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});
afterEach(async () => {
  await context.close();
  await web.close();
});

/** From inside the page, as its scripts would. */
function write(path: string): Promise<number> {
  return page.evaluate(async (target) => {
    const { csrf_token } = (await (await fetch('/api/session')).json()) as { csrf_token: string };
    const headers = { 'x-csrf-token': csrf_token };
    return (await fetch(target, { method: 'POST', headers })).status;
  }, path);
}

async function enter(token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const path = () => new URL(page.url()).pathname;

test('A viewer signs in after a wrong token, may not write, and signs out', async () => {
  await page.goto(`${web.url}/`);
  expect(path()).toBe('/sign-in');
  await enter('not-the-token');
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toBe(
    'This token is not known. Check that all of it was pasted.',
  );
  expect(await page.getByLabel('Access token').inputValue()).toBe('');

  await enter(VIEWER_TOKEN);
  await page.waitForURL(`${web.url}/`);
  expect(await write(PAUSE)).toBe(403);

  await page.goto(`${web.url}/sign-out`);
  expect(await page.getByText('You are signed in as').textContent()).toContain('bob');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${web.url}/sign-in`);
  expect(await context.cookies()).toEqual([]);
  await page.goto(`${web.url}/queues`);
  expect(path()).toBe('/sign-in');
});

test('An operator signs in by keyboard and may write, and no other host is ever asked', async () => {
  await page.goto(`${web.url}/queues`);
  await page.keyboard.type(OPERATOR_TOKEN);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${web.url}/queues`);
  await page.getByText('failed-dates').first().waitFor();
  expect(await write(PAUSE)).toBe(404);
  const isHidden = (await context.cookies()).every(({ httpOnly }) => httpOnly);
  expect(isHidden).toBe(true);
  // A request that the content policy stops never leaves the browser; it says so instead.
  const hosts = asked.map((url) => new URL(url).host);
  expect(new Set(hosts)).toEqual(new Set([new URL(web.url).host]));
});

test('What a signed-in operator does on the page is not taken for a forged request', async () => {
  await page.goto(`${web.url}/`);
  await enter(OPERATOR_TOKEN);
  await page.waitForURL(`${web.url}/`);
  await page.goto(`${web.url}/#/new?job=02_process_data&from=2024-06-10&to=2024-06-14`);
  const preview = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.getByRole('button', { name: 'Preview' }).click();
  const answer = await preview;
  expect(await answer.request().headerValue('x-csrf-token')).toMatch(/./);
  expect(answer.status()).not.toBe(403);
  const [, curl] = await page.locator('.command-lines pre').allTextContents();
  expect(curl).toContain('-H "Authorization: Bearer $BACKFILL_TOKEN"');
});

test('A viewer may preview a backfill, and reads who can start it', async () => {
  await page.goto(`${web.url}/`);
  await enter(VIEWER_TOKEN);
  await page.waitForURL(`${web.url}/`);
  await page.goto(`${web.url}/#/new?job=02_process_data&from=2024-06-10&to=2024-06-14`);
  await page.getByText('You are signed in as bob, a viewer').waitFor();
  const preview = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.getByRole('button', { name: 'Preview' }).click();
  expect((await preview).status()).not.toBe(403);
  expect(await page.getByRole('button', { name: /^Start/ }).count()).toBe(0);
});

test('The page offers a viewer no way to start a backfill, an operator one, and both to sign out', async () => {
  await page.goto(`${web.url}/`);
  await enter(VIEWER_TOKEN);
  const signOut = page.getByRole('link', { name: 'Sign out' });
  await signOut.waitFor();
  expect(await signOut.getAttribute('title')).toBe('Signed in as bob, viewer');
  expect(await page.getByRole('link', { name: 'New backfill' }).count()).toBe(0);

  await signOut.click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${web.url}/sign-in`);
  await enter(OPERATOR_TOKEN);
  await page.getByRole('link', { name: 'New backfill' }).first().waitFor();
});

test('A page whose session has ended leads to the sign-in, and from there back to its view', async () => {
  await page.goto(`${web.url}/`);
  await enter(OPERATOR_TOKEN);
  await page.getByRole('link', { name: 'Sign out' }).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.waitForURL(`${web.url}/#/`);
  await context.clearCookies();
  await page.waitForURL(/\/sign-in\?/);
  await enter(OPERATOR_TOKEN);
  await page.waitForURL(`${web.url}/#/`);
});

test('A link to a backfill from a message leads through the sign-in to that backfill', async () => {
  const id = await storeBackfill(web, ['2024-06-03', '2024-06-04'], 'sf');
  await page.goto(`${web.url}/backfills/${id}?date=2024-06-04`);
  expect(path()).toBe('/sign-in');
  await enter(VIEWER_TOKEN);
  await page.waitForURL(`${web.url}/#/backfills/${id}?date=2024-06-04`);
  await page.getByRole('button', { name: '2024-06-04, failed' }).waitFor();
  expect(await page.locator('#date-title').textContent()).toBe('2024-06-04');
});

test.each([
  ['phone', 'dark', 360, 640],
  ['desktop', 'light', 1280, 800],
] as const)('The page fits a %s, in %s', async (device, colorScheme, width, height) => {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height });
  await page.goto(`${web.url}/sign-in`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.screenshot({ path: join(SCREENSHOTS, `sign-in-${device}-${colorScheme}.png`) });
  await enter('not-the-token');
  await page.getByRole('alert').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.screenshot({ path: join(SCREENSHOTS, `sign-in-refused-${device}-${colorScheme}.png`) });
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);

  await enter(VIEWER_TOKEN);
  await page.waitForURL(`${web.url}/`);
  await page.goto(`${web.url}/sign-out`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.screenshot({ path: join(SCREENSHOTS, `sign-out-${device}-${colorScheme}.png`) });
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
});
