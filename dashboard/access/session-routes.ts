import { csrfTokenOf, type KnownCaller } from '../caller.ts';
import { type Route, route } from '../route.ts';

/** Who asks, as `GET /api/session` tells it. */
export interface SessionAnswer extends KnownCaller {
  /** Null for whoever did not come by the sign-in, and need not send it. */
  readonly csrf_token: string | null;
}

/** What a page asks to know who looks at it. */
export function sessionRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/session',
      summary:
        'Who asks, and how that is known: `{name, role, via, csrf_token}`. A page that came by the sign-in sends csrf_token as X-CSRF-Token with every write; null for all others',
      handle: async ({ caller: { name, role, via }, response }) => ({
        status: 200,
        body: { name, role, via, csrf_token: csrfTokenOf(response) } satisfies SessionAnswer,
        headers: { 'Cache-Control': 'no-store' },
      }),
    }),
  ];
}
