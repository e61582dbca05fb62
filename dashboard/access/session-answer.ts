import { z } from 'zod';
import { ANSWERS, type WordsOf } from '../answer-schemas.ts';
import type { KnownCaller } from '../caller.ts';

/** Who asks, as `GET /api/session` tells it. */
export interface SessionAnswer extends KnownCaller {
  /** Null for whoever did not come by the sign-in, and need not send it. */
  readonly csrf_token: string | null;
}

/** GET /api/session. */
export const SessionAnswerSchema = z
  .strictObject({
    name: z.string(),
    role: z.enum({ viewer: 'viewer', operator: 'operator' } satisfies WordsOf<KnownCaller['role']>),
    via: z.enum({
      open: 'open',
      token: 'token',
      session: 'session',
      proxy: 'proxy',
    } satisfies WordsOf<KnownCaller['via']>),
    csrf_token: z.string().nullable(),
  })
  .register(ANSWERS, { id: 'Session' }) satisfies z.ZodType<SessionAnswer>;
