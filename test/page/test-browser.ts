import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from '../harness/chromium.ts';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
/** A browser beside everything else on two cores takes its time. */
const PATIENCE_MS = 30_000;

/** Where the pictures of the page stay, for people to look at. */
export const SCREENSHOTS = join(__dirname, 'screenshots');

/** A page and what it did that it should not have done. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses of other hosts that it asked for. */
  readonly elsewhere: string[];
  /** What it complained about: errors of scripts, refusals by the content policy. */
  readonly complaints: string[];
}

/** One browser a test file. Close it in afterAll. */
export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const executablePath = await findChromium();
    return new TestBrowser(await chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE_MS }));
  }

  /** Opens an address in a window of its own. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const { host } = new URL(url);
    const watched: WatchedPage = { page, elsewhere: [], complaints: [] };
    page.on('request', (request) => {
      const asked = new URL(request.url());
      if (/^(https?|wss?):$/.test(asked.protocol) && asked.host !== host) watched.elsewhere.push(asked.href);
    });
    page.on('console', (message) => {
      if (message.type() === 'error') watched.complaints.push(message.text());
    });
    page.on('pageerror', (error) => watched.complaints.push(error.message));
    await page.goto(url);
    return watched;
  }

  /** Closes every window, so that no page asks a server that has stopped. */
  async closeWindows(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
