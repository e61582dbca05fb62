import { type IncomingHttpHeaders, request } from 'node:http';
import type { ApiToken } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';

export const OPERATOR_TOKEN = 'operator-token-1';
export const VIEWER_TOKEN = 'viewer-token-22';

export const tokens: readonly ApiToken[] = [
  { name: 'ada', role: 'operator', token: new Secret(OPERATOR_TOKEN) },
  { name: 'bob', role: 'viewer', token: new Secret(VIEWER_TOKEN) },
];

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Address of the client; any of 127.0.0.0/8. */
  readonly from?: string;
}

/** One request that follows no redirect, sends only the headers it is told, and may come from another address. */
export function ask(url: string, { method = 'GET', headers = {}, body, from }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false, ...(from !== undefined && { localAddress: from }) };
    request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        // A stream of events goes on; its beginning is answer enough.
        if (response.headers['content-type']?.includes('event-stream')) response.destroy();
      });
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    })
      .on('error', reject)
      .end(body);
  });
}

export function postForm(url: string, fields: Record<string, string>, asked: Asked = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...asked.headers };
  return ask(url, { ...asked, method: 'POST', headers, body: new URLSearchParams(fields).toString() });
}

/** Cookies of an answer as a browser would send them back. */
export function cookiesOf({ headers }: Answer): string {
  return (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

/** Signs in with a token; answers the Cookie header of the session and its CSRF token. */
export async function signedIn(url: string, token: string): Promise<{ cookie: string; csrf: string }> {
  const cookie = cookiesOf(await postForm(`${url}/sign-in`, { token }));
  const { csrf_token } = JSON.parse((await ask(`${url}/api/session`, { headers: { cookie } })).text);
  return { cookie, csrf: String(csrf_token) };
}
