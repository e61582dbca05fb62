import { type Answer, type Asked, ask } from './access-clients.ts';

export interface Page extends Answer {
  readonly url: string;
}

/** A browser without a screen: it keeps cookies, follows redirects and submits the form of a page. */
export class CookieBrowser {
  readonly #cookies = new Map<string, string>();

  /** The page where the redirects end, or the first whose address `stopAt` names. */
  async open(url: string, asked: Asked = {}, stopAt?: RegExp): Promise<Page> {
    const answer = await ask(url, {
      ...asked,
      headers: { accept: 'text/html', cookie: this.#sent(url), ...asked.headers },
    });
    for (const cookie of answer.headers['set-cookie'] ?? []) this.#keep(url, cookie);
    const { location } = answer.headers;
    if (location === undefined) return { ...answer, url };
    const target = new URL(location, url).href;
    return stopAt?.test(target) ? { ...answer, url: target } : this.open(target, {}, stopAt);
  }

  /** Submits the only form of a page with its hidden fields and these. */
  async submit(page: Page, fields: Readonly<Record<string, string>>, stopAt?: RegExp): Promise<Page> {
    const action = /<form[^>]* action="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const hidden = [...page.text.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
      ([, name, value]) => [name, value],
    );
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.open(new URL(action, page.url).href, { method: 'POST', headers, body }, stopAt);
  }

  #sent(url: string): string {
    const host = new URL(url).host;
    return [...this.#cookies]
      .filter(([key]) => key.startsWith(`${host} `))
      .map(([key, value]) => `${key.slice(host.length + 1)}=${value}`)
      .join('; ');
  }

  #keep(url: string, cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    const key = `${new URL(url).host} ${name}`;
    if (value === '') this.#cookies.delete(key);
    else this.#cookies.set(key, value);
  }
}
