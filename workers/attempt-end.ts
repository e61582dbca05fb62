import type { RunOutcome } from '../src/databricks/run-outcome.ts';
import type { QualityReport } from '../src/quality/quality-settings.ts';
import type { LogStatus } from '../src/tables/log-row.ts';

/** What an ended run means for its date. A refused run is no end: it never ran. */
export interface AttemptVerdict {
  readonly result: 'succeeded' | 'failed' | 'cancelled';
  readonly status: LogStatus;
  /** `platform` and `timeout` are retried by policy. */
  readonly failureClass: 'platform' | 'timeout' | 'user_code' | 'configuration' | 'quality' | null;
  /** Begins `<class>/<CODE>: `. */
  readonly errorMessage: string | null;
  /** Of a failure, as {@link AttemptVerdict.errorMessage} names it. */
  readonly code: string | null;
}

/** Enough for an error and the end of its trace; a longer text would bloat every row and page. */
const MAX_MESSAGE_LENGTH = 4_000;

export interface JudgeRules {
  readonly successWithFailures: 'warn' | 'fail';
  /** We cancelled the run ourselves because it took too long. */
  readonly deadlinePassed: boolean;
}

export function judge(outcome: Exclude<RunOutcome, { kind: 'refused' }>, rules: JudgeRules): AttemptVerdict {
  switch (outcome.kind) {
    case 'succeeded':
      if (outcome.warning !== null && rules.successWithFailures === 'fail') {
        // A warning begins with its code already.
        const [code = '', ...words] = outcome.warning.split(': ');
        return failed('user_code', code, words.join(': '));
      }
      return {
        result: 'succeeded',
        status: 'SUCCESS',
        failureClass: null,
        errorMessage: outcome.warning === null ? null : cut(`warning/${outcome.warning}`),
        code: null,
      };
    case 'failed':
      return failed(outcome.class, outcome.code, outcome.message);
    case 'cancelled':
      if (rules.deadlinePassed) {
        return failed(
          'timeout',
          'DEADLINE_EXCEEDED',
          'The run took longer than its deadline and was cancelled.',
        );
      }
      return {
        result: 'cancelled',
        status: 'CANCELLED',
        failureClass: null,
        errorMessage: cut(
          `cancelled/${outcome.code}: ${outcome.message || 'Cancelled by a person at Databricks.'}`,
        ),
        code: null,
      };
  }
}

/** The run is gone from Databricks, so nobody can say how it ended. */
export const RUN_DELETED: AttemptVerdict = failed(
  'platform',
  'RUN_DELETED',
  'The run was deleted at Databricks before its end was seen.',
);

/** What the checks make of a success. Every problem is told; the first one's code stands for all. */
export function judgeQuality(verdict: AttemptVerdict, report: QualityReport | 'cancelled'): AttemptVerdict {
  if (report === 'cancelled') {
    return {
      result: 'cancelled',
      status: 'CANCELLED',
      failureClass: null,
      errorMessage:
        'cancelled/UNCHECKED: The run succeeded, but was cancelled before its quality was checked.',
      code: null,
    };
  }
  const problems = problemsOf(report);
  if (problems.length === 0) return verdict;
  const [code = '', ...words] = problems.join('; ').split(': ');
  return failed('quality', code, words.join(': '));
}

export function problemsOf({ checks }: QualityReport): string[] {
  return checks.flatMap(({ problem }) => (problem === null ? [] : [problem]));
}

function failed(
  failureClass: NonNullable<AttemptVerdict['failureClass']>,
  code: string,
  message: string,
): AttemptVerdict {
  return {
    result: 'failed',
    status: 'FAILED',
    failureClass,
    errorMessage: cut(`${failureClass}/${code}: ${message || 'no message'}`),
    code,
  };
}

function cut(text: string): string {
  return text.length <= MAX_MESSAGE_LENGTH ? text : `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
