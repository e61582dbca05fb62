import { decideOnFailure } from '../../src/planning/retry-decision.ts';
import { judge, RUN_DELETED } from '../../workers/attempt-end.ts';

const rules = { successWithFailures: 'warn', deadlinePassed: false } as const;

test('a success with failures is a success with a warning, unless the job says otherwise', () => {
  const outcome = { kind: 'succeeded', warning: 'SUCCESS_WITH_FAILURES: one task failed' } as const;
  expect(judge(outcome, rules)).toMatchObject({ result: 'succeeded', status: 'SUCCESS' });
  expect(judge(outcome, { ...rules, successWithFailures: 'fail' })).toMatchObject({
    result: 'failed',
    status: 'FAILED',
    failureClass: 'user_code',
  });
});

test('a failure message begins with its class and code', () => {
  const outcome = { kind: 'failed', class: 'platform', code: 'CLUSTER_ERROR', message: 'lost node' } as const;
  expect(judge(outcome, rules).errorMessage).toBe('platform/CLUSTER_ERROR: lost node');
  expect(RUN_DELETED.errorMessage).toMatch(/^platform\/RUN_DELETED: /);
});

test('a cancel of ours at the deadline counts as timed out, a person’s cancel as cancelled', () => {
  const outcome = { kind: 'cancelled', code: 'USER_CANCELED', message: '' } as const;
  expect(judge(outcome, rules)).toMatchObject({ result: 'cancelled', status: 'CANCELLED' });
  expect(judge(outcome, { ...rules, deadlinePassed: true })).toMatchObject({
    result: 'failed',
    failureClass: 'timeout',
  });
});

test('a message of any length fits into the log', () => {
  const outcome = { kind: 'failed', class: 'user_code', code: 'X', message: 'y'.repeat(1e6) } as const;
  expect(judge(outcome, rules).errorMessage).toHaveLength(4_000);
});

const retryRules = { maxAttempts: 4, retryDelayMs: 1_000, maxRetryDelayMs: 3_000 };

test.each([
  ['platform', 1, 1_000],
  ['platform', 2, 2_000],
  ['timeout', 3, 3_000],
])('a %s failure of attempt %i is tried again after %i ms', (failureClass, attempt, delayMs) => {
  expect(decideOnFailure({ failureClass, attempt }, retryRules)).toMatchObject({ kind: 'retry', delayMs });
});

test.each([
  ['platform', 4],
  ['user_code', 1],
  ['configuration', 1],
  ['quality', 1],
])('a %s failure of attempt %i is final', (failureClass, attempt) => {
  expect(decideOnFailure({ failureClass, attempt }, retryRules)).toMatchObject({ kind: 'fail' });
});
