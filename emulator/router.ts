import type { Call } from './call.ts';
import type { Workspace } from './workspace.ts';

/**
 * Answers a call: an object is sent as JSON, nothing as an empty 200, a RawAnswer as it is; an
 * ApiError that is thrown becomes the workspace's error body.
 */
export type Handler = (call: Call, workspace: Workspace) => unknown;

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Segments that begin with `:` match anything and are named in `call.segments`. */
  path: string;
  handler: Handler;
  /** Whether it needs no bearer token. */
  open?: boolean;
}

export interface Match {
  route: Route;
  segments: Record<string, string>;
}

/** Finds the route of a request. */
export class Router {
  readonly #routes: readonly { route: Route; pattern: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: route.path.split('/') }));
  }

  find(method: string, path: string): Match | null {
    const parts = path.split('/');
    for (const { route, pattern } of this.#routes) {
      if (route.method !== method || pattern.length !== parts.length) continue;
      const segments = matched(pattern, parts);
      if (segments !== null) return { route, segments };
    }
    return null;
  }
}

function matched(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  const segments: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (expected.startsWith(':')) segments[expected.slice(1)] = part;
    else if (expected !== part) return null;
  }
  return segments;
}
