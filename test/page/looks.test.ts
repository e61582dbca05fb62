import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { DateLetter } from '../../queues/plan/date-letter.ts';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { type RunningWeb, startWeb } from '../dashboard/running-web.ts';
import { startWorkspace, type TestWorkspace } from '../harness/workspace.ts';
import { logRow } from '../tables/log-rows.ts';
import { seriousFindings } from './serious-findings.ts';
import { JOB_NAME, storeBackfill, workdays } from './stored-backfill.ts';
import { SCREENSHOTS, TestBrowser } from './test-browser.ts';

const DIST = join(__dirname, '..', '..', 'dashboard', 'page', 'dist');
const MAX_FIRST_LOAD_BYTES = 150_000;
/** On two cores that others use as well; about 0.3 s on an idle machine. */
const MAX_RENDER_MS = 8_000;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

const JOB = '02_process_data';
const RETRIED = {
  originalRunId: 'b_2024-06-03_14',
  retryCount: 1,
  retryTriggeredBy: 'policy',
  retryTriggeredAt: new Date().toISOString(),
};

/** Runs in the page: the time from a click on a backfill to its last date in the document. */
const LEAVE_AND_COME_BACK = `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  location.hash = '#/new';
  while (document.querySelector('[data-date]') !== null) await frame();
  const startedAt = performance.now();
  history.back();
  while (document.querySelector('[data-date="2024-12-31"]') === null) await frame();
  return performance.now() - startedAt;
})()`;

let browser: TestBrowser;
let workspace: TestWorkspace;
let web: RunningWeb;

beforeAll(async () => {
  [browser, workspace] = await Promise.all([TestBrowser.launch(), startWorkspace()]);
  await logLastDays();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await workspace?.stop();
});
beforeEach(async () => {
  const { databricks, tables, calendars, jobs } = workspace.config;
  web = await startWeb({ databricks, tables, calendars, jobs });
});
afterEach(async () => {
  await browser.closeWindows();
  await web.close();
});

/** Ten days of attempts, some failed and some retried, for the views that read the log. */
async function logLastDays(): Promise<void> {
  const { warehouse, tables, jobId } = workspace;
  const rows = Array.from({ length: 30 }, (_, nr) => {
    const startMs = Date.now() - (1 + (nr % 10)) * 86_400_000;
    const failed = nr % 7 === 0;
    return logRow({
      runId: `b_2024-06-03_${nr}`,
      positionDate: '2024-06-03',
      attempt: nr,
      jobName: JOB,
      jobId,
      startTime: new Date(startMs).toISOString(),
      endTime: new Date(startMs + nr * 1_000).toISOString(),
      status: failed ? 'FAILED' : 'SUCCESS',
      ...(failed && { errorMessage: 'platform/CLUSTER_ERROR: node: lost' }),
      ...(nr === 15 && { retryMetadata: RETRIED }),
    });
  });
  await upsertLogRows(warehouse, tables, rows);
}

test('the first load weighs less than 150 kB', () => {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, file = '']) => file);
  const bytes = ['index.html', ...files].map((file) => gzipSync(readFileSync(join(DIST, file))).length);
  const total = bytes.reduce((sum, each) => sum + each, 0);
  console.log(`first load: ${total} bytes compressed in ${bytes.length} files`);
  expect(files.length).toBeGreaterThan(1);
  expect(total).toBeLessThan(MAX_FIRST_LOAD_BYTES);
});

test('ten years of dates are shown at once, reached by keys, and read on a phone', async () => {
  const dates = workdays('2015-01-01', '2024-12-31', true);
  const letters = dates.map((_, at): DateLetter => (at % 97 === 0 ? 'f' : at < 3000 ? 's' : 'p'));
  const id = await storeBackfill(web, dates, letters);
  const { page, elsewhere, complaints } = await browser.open(`${web.url}/#/backfills/${id}`);
  const last = page.getByRole('button', { name: '2024-12-31, pending' });
  await last.waitFor();
  expect(await page.locator('.day').count()).toBe(3653);
  const renderMs = await page.evaluate<number>(LEAVE_AND_COME_BACK);
  console.log(`3,653 dates read and shown in ${Math.round(renderMs)} ms`);
  expect(renderMs).toBeLessThan(MAX_RENDER_MS);

  await page.getByRole('button', { name: '2015-01-01, failed' }).focus();
  for (const key of ['ArrowDown', 'ArrowRight', 'PageDown', 'Enter']) await page.keyboard.press(key);
  expect(await page.locator('#date-title').textContent()).toBe('2015-02-09');
  await page.getByRole('button', { name: /^Failed 38$/ }).click();
  expect(page.url()).toContain('state=failed');
  await page.screenshot({ path: join(SCREENSHOTS, 'ten-years.png') });
  await page.setViewportSize(PHONE.viewport);
  expect(await sideways(page)).toBe(0);
  await page.screenshot({ path: join(SCREENSHOTS, 'ten-years-phone.png') });
  expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
});

test('a thousand backfills are listed a page at a time, and markup in their names stays text', async () => {
  for (let made = 0; made < 1_000; made += 50) {
    await Promise.all(Array.from({ length: 50 }, () => storeBackfill(web, ['2024-06-03'], ['s'])));
  }
  const { page } = await browser.open(web.url);
  const rows = page.locator('.backfills tbody tr');
  await rows.nth(49).waitFor();
  expect(await rows.count()).toBe(50);
  expect(await rows.first().textContent()).toContain(JOB_NAME);
  await page.getByRole('button', { name: 'Show 50 more' }).click();
  await rows.nth(99).waitFor();
});

test.each([
  ['desktop', 'light', {}],
  ['phone', 'dark', PHONE],
] as const)('every view is accessible and fits a %s, %s', async (size, colorScheme, options) => {
  const id = await storeBackfill(web, workdays('2024-06-01', '2024-08-31', true), 'ssfnrqpdwcxaou');
  for (const [name, path, shown] of [
    ['overview', '/', '.backfills'],
    ['new', `/new?job=${JOB}&from=2024-06-01&to=2024-06-30`, '.command-lines'],
    ['backfill', `/backfills/${id}?date=2024-06-03`, '.day'],
    ['coverage', `/coverage?job=${JOB}&year=2024`, '.day'],
    ['trends', `/trends?job=${JOB}`, 'canvas'],
  ] as const) {
    const watched = await browser.open(`${web.url}/#${path}`, { ...options, colorScheme });
    const { page, elsewhere, complaints } = watched;
    await page.locator(shown).first().waitFor();
    expect([name, await seriousFindings(page)]).toEqual([name, []]);
    expect([name, await sideways(page), elsewhere, complaints]).toEqual([name, 0, [], []]);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size}-${colorScheme}.png`) });
    await page.context().close();
  }
});

/**
 * Bull Board and Swagger UI are the work of others. What axe finds within them is theirs to mend; ours is the
 * document around them (its language, its title, what a phone may do), and what we ask them to show.
 */
const AROUND_OTHERS = ['html-has-lang', 'html-lang-valid', 'document-title', 'meta-viewport'];

test.each(['/queues', '/docs'])(
  '%s asks no other host, breaks no rule of its content policy, and is a sound document',
  async (path) => {
    const { page, elsewhere, complaints } = await browser.open(`${web.url}${path}`);
    await page
      .getByText(path === '/docs' ? 'Backfills, newest first' : 'failed-dates')
      .first()
      .waitFor();
    expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
    const findings = await seriousFindings(page);
    if (findings.length > 0) console.log(`${path}, for its makers: ${findings.join('\n')}`);
    const ours = findings.filter((finding) => AROUND_OTHERS.some((id) => finding.startsWith(`${id}:`)));
    expect(ours).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, `${path.slice(1)}.png`) });
  },
);

/** How far the page can be scrolled sideways. */
function sideways(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
