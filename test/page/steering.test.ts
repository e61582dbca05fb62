import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { upsertLogRows } from '../../src/tables/log-upsert.ts';
import { logRow } from '../tables/log-rows.ts';
import { type PageStack, startPageStack } from './page-stack.ts';
import { seriousFindings } from './serious-findings.ts';
import { workdays } from './stored-backfill.ts';
import { SCREENSHOTS, TestBrowser } from './test-browser.ts';

const BROKEN = {
  termination_code: 'RUN_EXECUTION_ERROR',
  message: 'DIVIDE_BY_ZERO: division by zero\n  at cell 3\n  at line 14',
};

const SIZES = [
  ['desktop', 'light', { width: 1280, height: 860 }],
  ['phone', 'dark', { width: 390, height: 844 }],
] as const;

let stack: PageStack;
let browser: TestBrowser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startPageStack(), TestBrowser.launch()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});
afterEach(() => browser.closeWindows());

/** Has axe look at the page as it is, in light and dark, and keeps a picture of each. */
async function look(page: Page, name: string): Promise<void> {
  const size = page.viewportSize();
  for (const [device, colorScheme, viewport] of SIZES) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    expect([name, colorScheme, await seriousFindings(page)]).toEqual([name, colorScheme, []]);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${device}-${colorScheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (size !== null) await page.setViewportSize(size);
}

/** Fills the form, previews and starts it; answers with the page of the backfill open. */
async function startBackfill(from: string, to: string, fields: Record<string, string> = {}) {
  const watched = await browser.open(`${stack.url}/#/new?job=02_process_data&from=${from}&to=${to}`);
  const { page } = watched;
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: /^Start \d+ dates?$/ }).click();
  await page.waitForURL(/#\/backfills\//);
  return watched;
}

test('a backfill is previewed, started, watched to its end, and its failed date is retried', async () => {
  await stack.script('2024-06-12', BROKEN);
  const { page, elsewhere, complaints } = await browser.open(`${stack.url}/#/new?job=02_process_data`);
  await page.getByLabel('First date').fill('2024-06-10');
  await page.getByLabel('Last date').fill('2024-06-16');
  await page.getByLabel('Reason').fill("Ada's request");
  await page.getByRole('button', { name: 'Preview' }).click();
  const verdicts = page.getByRole('region', { name: 'Verdicts' }).getByRole('row');
  await verdicts.nth(7).waitFor();
  expect(await verdicts.nth(6).textContent()).toMatch(/2024-06-15.*skip.*no business day/);
  const commands = await page.locator('.command-lines pre').allTextContents();
  expect(commands[0]).toBe(
    `backfill run --job 02_process_data --from 2024-06-10 --to 2024-06-16 --reason 'Ada'\\''s request'`,
  );
  expect(commands[1]).toContain(`curl -X POST ${stack.url}/api/backfills`);
  expect(commands[1]).not.toContain('Authorization');
  await look(page, 'preview');
  const before = await fetch(`${stack.url}/api/backfills`);
  expect(await before.json()).toEqual({ items: [], next_cursor: null });

  await page.getByRole('button', { name: 'Start 5 dates' }).click();
  await page.getByRole('button', { name: '2024-06-12, failed' }).waitFor();
  await page.getByRole('button', { name: '2024-06-14, succeeded' }).waitFor();
  await page.getByText('Completed with failures').waitFor();

  await page.getByRole('button', { name: '2024-06-12, failed' }).press('Enter');
  const attempt = page.getByRole('article');
  expect(await attempt.getByRole('heading').textContent()).toBe('Attempt 1 failed');
  expect(await attempt.locator('.error-line').textContent()).toBe(
    'user_code/RUN_EXECUTION_ERROR: DIVIDE_BY_ZERO: division by zero',
  );
  expect(await attempt.locator('.trace').textContent()).toContain('at line 14');
  expect(await attempt.getByRole('link').getAttribute('href')).toMatch(/^https:/);

  const first = page.url();
  await page.getByRole('button', { name: 'Retry failed' }).click();
  await look(page, 'retry-dialog');
  await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL((url) => url.href.split('?')[0] !== first.split('?')[0]);
  await page.getByText('Completed', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'an earlier backfill' }).waitFor();
  expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
});

test('a backfill is paused, resumed and cancelled, each asked once', async () => {
  const { local } = stack.workspace.emulator;
  await local.config({ run_duration_ms: { min: 60_000, max: 60_000 } });
  const { page } = await startBackfill('2024-07-01', '2024-07-31', { 'At a time': '2' });
  await page.getByRole('button', { name: '2024-07-01, running' }).waitFor();

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Pause' }).click();
  await look(page, 'pause-dialog');
  await page.getByLabel('Reason').fill('Warehouse is needed');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  await page.getByText('Warehouse is needed').waitFor();

  await page.getByRole('button', { name: 'Resume' }).click();
  await look(page, 'resume-dialog');
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Running', { exact: true }).first().waitFor();

  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await look(page, 'cancel-dialog');
  await page.getByLabel('cancel at Databricks').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel backfill' }).click();
  await page.getByText('Cancelled', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: '2024-07-01, cancelled' }).waitFor();
  await local.config({ run_duration_ms: { min: 50, max: 150 } });
});

test('what coverage shows missing is what New backfill then asks for', async () => {
  const { page } = await startBackfill('2025-01-06', '2025-01-10');
  await page.getByText('Completed', { exact: true }).waitFor();
  await page.getByText('not yet in the log').waitFor({ state: 'detached' });

  await page.goto(`${stack.url}/#/coverage?job=02_process_data&year=2025`);
  await page.getByRole('button', { name: '2025-01-10, processed' }).waitFor();
  await page.getByRole('button', { name: '2025-01-13, missing' }).waitFor();
  await page.getByRole('link', { name: /^Backfill \d+ missing dates$/ }).click();
  await page.getByText(/^\d+ dates, 2025-01-02 to 2025-12-31$/).waitFor();
  const [command] = await page.locator('.command-lines pre').allTextContents();
  expect(command).toContain('2025-01-03,2025-01-13,2025-01-14');
});

test('three missing dates are previewed from coverage, started, and no longer missing', async () => {
  const missing = ['2025-03-04', '2025-03-05', '2025-03-06'];
  await logSuccesses(workdays('2025-01-01', '2025-12-31').filter((date) => !missing.includes(date)));
  const { page, complaints } = await browser.open(`${stack.url}/#/coverage?job=02_process_data&year=2025`);
  // The page may have an answer of the last half minute, and these rows came past it.
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByRole('link', { name: 'Backfill 3 missing dates' }).click();
  await page.getByText('3 dates, 2025-03-04 to 2025-03-06').waitFor();

  await page.getByRole('button', { name: 'Preview' }).click();
  const verdicts = page.getByRole('region', { name: 'Verdicts' }).locator('tbody tr');
  await verdicts.nth(2).waitFor();
  expect(await verdicts.locator('td:first-child').allTextContents()).toEqual(missing);
  expect(await verdicts.locator('td:nth-child(2)').allTextContents()).toEqual([' run', ' run', ' run']);

  await page.getByRole('button', { name: 'Start 3 dates' }).click();
  for (const date of missing) await page.getByRole('button', { name: `${date}, succeeded` }).waitFor();
  await page.getByText('Completed', { exact: true }).waitFor();
  await page.getByText('not yet in the log').waitFor({ state: 'detached' });

  await page.goto(`${stack.url}/#/coverage?job=02_process_data&year=2025`);
  await page.getByRole('button', { name: '2025-03-06, processed' }).waitFor();
  expect(await page.getByRole('link', { name: /missing/ }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

/** As if an earlier backfill had run these dates. */
async function logSuccesses(dates: readonly string[]): Promise<void> {
  const { warehouse, tables, jobId } = stack.workspace;
  const rows = dates.map((positionDate) =>
    logRow({
      runId: `b_${positionDate}_1`,
      positionDate,
      jobId,
      jobName: '02_process_data',
      status: 'SUCCESS',
    }),
  );
  await upsertLogRows(warehouse, tables, rows);
}
