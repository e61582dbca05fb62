import type { ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { addressOf } from '../caller.ts';
import { answerableError, sendStatus } from '../error-answer.ts';
import type { AccessControl } from './access-control.ts';
import { nextPath } from './next-path.ts';
import { refusalReason } from './refusal.ts';

const NextSchema = z.object({ next: z.string() });

/** A sign-in that failed, as the page again with a sentence about it instead of JSON. */
export function failedSignIn(
  { facts }: AccessControl,
  show: (next: string, problem: string) => string,
): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = answerableError(thrown);
    const means = request.path.startsWith('/oidc') ? 'oidc' : 'token';
    facts.emit({
      type: 'access.sign_in_failed',
      with: means,
      reason: refusalReason(error) ?? (means === 'oidc' ? 'provider' : 'form'),
      address: addressOf(request),
      ...(error.cause !== undefined && { error: error.cause }),
    });
    const wanted = NextSchema.safeParse(request.body ?? request.query);
    sendStatus(error, request, response);
    response.type('html').send(show(nextPath(wanted.data?.next), error.message));
  };
}
