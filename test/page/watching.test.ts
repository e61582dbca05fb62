import { type RunningWeb, startWeb } from '../dashboard/running-web.ts';
import { seriousFindings } from './serious-findings.ts';
import { storeBackfill } from './stored-backfill.ts';
import { TestBrowser } from './test-browser.ts';

/** Everything that the status of the connection ever said. */
const NOTE_STATUS = `(() => {
  window.said = [];
  const note = () => {
    const text = document.querySelector('.link-state')?.textContent;
    if (text && window.said.at(-1) !== text) window.said.push(text);
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
})()`;

let browser: TestBrowser;
let web: RunningWeb;

beforeAll(async () => {
  browser = await TestBrowser.launch();
}, 180_000);
afterAll(() => browser?.close());
beforeEach(async () => {
  web = await startWeb();
});
afterEach(async () => {
  await browser.closeWindows();
  await web.close();
});

test('the list of backfills stays without doubles when one starts after all pages were opened', async () => {
  const stored: string[] = [];
  for (let made = 0; made < 60; made += 1) stored.push(await storeBackfill(web, ['2024-06-03'], 's'));
  const { page } = await browser.open(web.url);
  const rows = page.locator('.backfills tbody tr');
  const more = page.getByRole('button', { name: 'Show 50 more' });
  await more.click();
  await rows.nth(59).waitFor();
  expect(await more.count()).toBe(0);

  stored.push(await storeBackfill(web, ['2024-07-01'], 'p'));
  await page.getByRole('heading', { name: 'Under way 1' }).waitFor();
  await rows.nth(60).waitFor();
  const shown = await rows
    .locator('a')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(shown).toEqual(stored.reverse().map((id) => `#/backfills/${id}`));
  expect(await more.count()).toBe(0);
});

test('a page of the list that cannot be read is told, and can be asked for again', async () => {
  for (let made = 0; made < 51; made += 1) await storeBackfill(web, ['2024-06-03'], 's');
  const { page } = await browser.open(web.url);
  const more = page.getByRole('button', { name: 'Show 50 more' });
  await page.route(/cursor=/, (route) => route.abort(), { times: 1 });
  await more.click();
  await page.getByRole('alert').getByText('The web process does not answer.').waitFor();
  await more.click();
  await page.locator('.backfills tbody tr').nth(50).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('what waits for a person is told with how far back was looked', async () => {
  const { page } = await browser.open(web.url);
  await page.getByText('No failed date of the last 100 backfills waits for anybody.').waitFor();
  const id = await storeBackfill(web, ['2024-06-03', '2024-06-04', '2024-06-05'], 'fcf');
  const link = page.getByRole('link', { name: /^2 failed dates and 1 cancelled of/ });
  await link.waitFor();
  expect(await link.getAttribute('href')).toBe(`#/backfills/${id}?state=failed`);
  await page.getByText('Of the last 100 backfills.').waitFor();
});

test('a stream that ends by its age is opened again at once, and nobody is told', async () => {
  const id = await storeBackfill(web, ['2024-06-03', '2024-06-04'], 'p');
  const { page } = await browser.open(web.url);
  await page.evaluate(NOTE_STATUS);
  let opened = 0;
  await page.route('**/events', async (route) => {
    opened += 1;
    if (opened > 1) return route.continue();
    const body = 'retry: 500\n\n';
    return route.fulfill({ status: 200, contentType: 'text/event-stream', body });
  });
  await page.goto(`${web.url}/#/backfills/${id}`);
  await page.getByRole('button', { name: '2024-06-03, pending' }).waitFor();
  await web.dispatcher.feed('1');
  await page.getByRole('button', { name: '2024-06-03, queued' }).waitFor();
  expect(opened).toBeGreaterThan(1);
  expect(await page.evaluate('window.said')).toEqual(['Live']);
});

test('a connection that stays away is told', async () => {
  const id = await storeBackfill(web, ['2024-06-03'], 'p');
  const { page } = await browser.open(`${web.url}/#/backfills/${id}`);
  await page.getByText('Live', { exact: true }).waitFor();
  await web.close();
  await page.getByText('Connection lost; trying again…').waitFor();
  web = await startWeb();
});

test('a date that is a window shows its first and its last day', async () => {
  const id = await storeBackfill(
    web,
    [
      { positionDate: '2024-06-03', endDate: '2024-06-09' },
      { positionDate: '2024-06-10', endDate: '2024-06-16' },
      '2024-06-17',
    ],
    'sff',
  );
  const { page } = await browser.open(`${web.url}/#/backfills/${id}?state=failed`);
  const rows = page.locator('.dates tbody tr');
  await rows.nth(1).waitFor();
  expect(await rows.locator('td:first-child').allTextContents()).toEqual([
    '2024-06-10 to 2024-06-16',
    '2024-06-17',
  ]);
  await rows.first().getByRole('button').click();
  expect(await page.locator('#date-title').textContent()).toBe('2024-06-10 to 2024-06-16');
  await page.getByText('Mon 10 Jun 2024 to Sun 16 Jun 2024').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
});

test.each(['coverage', 'trends', 'new'])('%s says so when the jobs cannot be listed', async (view) => {
  const { page } = await browser.open(`${web.url}/#/${view}`);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/DATABRICKS_HOST/);
  await page.route('**/api/jobs', (route) =>
    route.fulfill({ json: { items: [{ key: 'nightly', name: 'nightly', job_ids: [] }] } }),
  );
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByLabel('Job').inputValue()).resolves.toMatch(/^(nightly)?$/);
});

test.each(['coverage', 'trends'])('%s asks for a job once its name is typed to the end', async (view) => {
  const asked: (string | null)[] = [];
  const { page } = await browser.open(`${web.url}/#/${view}`);
  await page.getByRole('alert').waitFor();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === `/api/${view}`) asked.push(url.searchParams.get('job'));
  });
  const job = page.getByLabel('Job');
  await job.pressSequentially('a job of the workspace');
  expect(asked).toEqual([]);
  const answered = page.waitForResponse((answer) => answer.url().includes(`/api/${view}`));
  await job.press('Enter');
  await answered;
  expect(asked).toEqual(['a job of the workspace']);
  expect(new URL(page.url()).hash).toContain('job=a+job+of+the+workspace');
});
