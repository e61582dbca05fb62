import { csrfTokenOf } from '../caller.ts';
import { type Route, route } from '../route.ts';
import { type SessionAnswer, SessionAnswerSchema } from './session-answer.ts';

/** What a page asks to know who looks at it. */
export function sessionRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/session',
      summary:
        'Who asks, and how that is known: `{name, role, via, csrf_token}`. A page that came by the sign-in sends csrf_token as X-CSRF-Token with every write; null for all others',
      answers: { 200: SessionAnswerSchema },
      handle: async ({ caller: { name, role, via }, response }) => ({
        status: 200,
        body: { name, role, via, csrf_token: csrfTokenOf(response) } satisfies SessionAnswer,
        headers: { 'Cache-Control': 'no-store' },
      }),
    }),
  ];
}
