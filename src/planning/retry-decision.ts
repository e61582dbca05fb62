/** What becomes of a date whose attempt failed. `reason` is for people. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string };

export interface RetryRules {
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
}

/** Only what may pass by itself is tried again: platform failures and time-outs. */
const RETRIED_CLASSES: readonly string[] = ['platform', 'timeout'];

/** Decides on the `attempt`th failed attempt of a date, counted from 1. */
export function decideOnFailure(
  failure: { failureClass: string; attempt: number },
  rules: RetryRules,
): RetryDecision {
  if (!RETRIED_CLASSES.includes(failure.failureClass)) {
    return {
      kind: 'fail',
      reason:
        failure.failureClass === 'configuration'
          ? 'A configuration failure would fail again until somebody mends it; then retry the backfill.'
          : `A ${failure.failureClass} failure would fail again; a person or the sweep decides.`,
    };
  }
  if (failure.attempt >= rules.maxAttempts) {
    return { kind: 'fail', reason: `Attempt ${failure.attempt} of ${rules.maxAttempts} was the last.` };
  }
  const delayMs = Math.min(rules.maxRetryDelayMs, rules.retryDelayMs * 2 ** (failure.attempt - 1));
  return {
    kind: 'retry',
    delayMs,
    reason: `A ${failure.failureClass} failure may pass; attempt ${failure.attempt + 1} of ${rules.maxAttempts} follows.`,
  };
}

/** Why a failure that would be tried again is final all the same. */
export const CANCELLED_REASON = 'The backfill is being cancelled, so nothing is tried again.';
