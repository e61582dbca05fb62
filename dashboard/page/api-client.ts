import type { SessionAnswer } from '../access/session-answer.ts';

/** What the API answered instead of what was asked for, or that it did not answer at all. */
export class ApiFailure extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Whatever was thrown while the API was asked. */
export function toApiFailure(thrown: unknown): ApiFailure {
  return thrown instanceof ApiFailure ? thrown : new ApiFailure(0, 'unknown', String(thrown));
}

export interface Reading {
  readonly signal?: AbortSignal;
  /** Asks the warehouse again, where an answer of the last moment would do otherwise. */
  readonly fresh?: boolean;
}

/** @throws ApiFailure */
export function getJson<Body>(address: string, { signal, fresh }: Reading = {}): Promise<Body> {
  return ask<Body>(address, {
    ...(signal && { signal }),
    ...(fresh && { headers: { 'Cache-Control': 'no-cache' } }),
  });
}

/**
 * Sends the token of the signed-in session with the write; the token is asked for
 * before each write, since a session may have been renewed in another tab.
 *
 * @throws ApiFailure
 */
export async function postJson<Body>(
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Body> {
  const { csrf_token: csrfToken } = await ask<SessionAnswer>('/api/session', {});
  return ask<Body>(path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(csrfToken && { 'X-CSRF-Token': csrfToken }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

async function ask<Body>(path: string, init: RequestInit): Promise<Body> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    throw new ApiFailure(0, 'unreachable', 'The web process does not answer. It is asked again by itself.');
  });
  const text = await response.text();
  const body = parsed(text);
  if (response.ok) return body as Body;
  if (response.status === 401) goToSignIn();
  const { code, message } = (body ?? {}) as { code?: string; message?: string };
  throw new ApiFailure(response.status, code ?? 'unknown', message ?? `HTTP ${response.status}`);
}

/** The session has ended, and nothing on the page can be had without one. */
function goToSignIn(): void {
  const { pathname, search, hash } = window.location;
  window.location.assign(`/sign-in?next=${encodeURIComponent(`${pathname}${search}${hash}`)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
