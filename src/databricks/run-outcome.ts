/**
 * How a run ended, as far as the next step depends on it. `code` is Databricks' termination code (or
 * legacy result state), `message` its explanation.
 */
export type RunOutcome =
  /** `warning` is set when some tasks failed and the job's own rules still call it a success. */
  | { kind: 'succeeded'; warning: string | null }
  /** `platform` and `timeout` may pass on another attempt; `user_code` and `configuration` will not. */
  | { kind: 'failed'; class: FailureClass; code: string; message: string }
  /** Stopped by a person. */
  | { kind: 'cancelled'; code: string; message: string }
  /** Never ran, because the job, the workspace or its queue was full. */
  | { kind: 'refused'; code: string; message: string };

export type FailureClass = 'platform' | 'timeout' | 'user_code' | 'configuration';

/** What a terminated run says about its end; each field null where the workspace leaves it out. */
export interface Termination {
  /** `status.termination_details.code`. */
  code: string | null;
  /** `status.termination_details.type`: SUCCESS, CLIENT_ERROR, INTERNAL_ERROR or CLOUD_FAILURE. */
  type: string | null;
  message: string | null;
  /** Legacy `state.life_cycle_state`. */
  lifeCycleState: string | null;
  /** Legacy `state.result_state`. */
  resultState: string | null;
  /** Legacy `state.user_cancelled_or_timedout`. */
  cancelledOrTimedOut: boolean | null;
  /** Whether a task of the run ended by an error of its own. */
  taskFailed: boolean;
}

type Verdict = FailureClass | 'succeeded' | 'cancelled' | 'refused';

/**
 * Termination codes of the Jobs API 2.2 (`TerminationCodeCode`) and result states of the legacy shape
 * (`RunResultState`), which name the same ends. CANCELED means cancelled by the
 * platform, usually because the run took longer than the job allows; a person's is USER_CANCELED.
 */
const VERDICT_OF_CODE: Readonly<Record<string, Verdict>> = {
  SUCCESS: 'succeeded',
  SUCCESS_WITH_FAILURES: 'succeeded',

  INTERNAL_ERROR: 'platform',
  DRIVER_ERROR: 'platform',
  CLUSTER_ERROR: 'platform',
  CLOUD_FAILURE: 'platform',
  REPOSITORY_CHECKOUT_FAILED: 'platform',
  STORAGE_ACCESS_ERROR: 'platform',
  BREAKING_CHANGE: 'platform',

  CANCELED: 'timeout',
  TIMEDOUT: 'timeout',

  RUN_EXECUTION_ERROR: 'user_code',
  UPSTREAM_FAILED: 'user_code',
  LIBRARY_INSTALLATION_ERROR: 'user_code',
  CLUSTER_TERMINATED_BY_USER: 'user_code',

  INVALID_RUN_CONFIGURATION: 'configuration',
  INVALID_CLUSTER_REQUEST: 'configuration',
  UNAUTHORIZED_ERROR: 'configuration',
  RESOURCE_NOT_FOUND: 'configuration',
  FEATURE_DISABLED: 'configuration',
  BUDGET_POLICY_LIMIT_EXCEEDED: 'configuration',
  EXCLUDED: 'configuration',

  USER_CANCELED: 'cancelled',
  UPSTREAM_CANCELED: 'cancelled',
  DISABLED: 'cancelled',

  SKIPPED: 'refused',
  MAX_CONCURRENT_RUNS_EXCEEDED: 'refused',
  MAXIMUM_CONCURRENT_RUNS_REACHED: 'refused',
  MAX_JOB_QUEUE_SIZE_EXCEEDED: 'refused',
  MAX_SPARK_CONTEXTS_EXCEEDED: 'refused',
  WORKSPACE_RUN_LIMIT_EXCEEDED: 'refused',
  CLUSTER_REQUEST_LIMIT_EXCEEDED: 'refused',
};

/** Termination types, for codes that Databricks adds after this was written. */
const VERDICT_OF_TYPE: Readonly<Record<string, Verdict>> = {
  SUCCESS: 'succeeded',
  CLIENT_ERROR: 'user_code',
  INTERNAL_ERROR: 'platform',
  CLOUD_FAILURE: 'platform',
};

/**
 * A write lost against a concurrent write; Delta asks to retry.
 * @see https://docs.databricks.com/aws/en/error-messages/error-classes SQLSTATE 2D521
 */
const WRITE_CONFLICT = /\bDELTA_CONCURRENT_[A-Z_]+|\b2D521\b/;

/** Says how a terminated run ended. */
export function classifyTermination(termination: Termination): RunOutcome {
  const code = termination.code ?? codeOfLegacyState(termination);
  const message = termination.message ?? '';
  const verdict = verdictOf(code, termination);
  switch (verdict) {
    case 'succeeded':
      return {
        kind: 'succeeded',
        warning: code === 'SUCCESS' ? null : `${code}${message && `: ${message}`}`,
      };
    case 'cancelled':
    case 'refused':
      return { kind: verdict, code, message };
    case 'platform':
    case 'timeout':
    case 'user_code':
    case 'configuration':
      return withTaskError({ kind: 'failed', class: verdict, code, message }, null);
  }
}

/**
 * Adds what the failed task printed (`runs/get-output`) to a failure. The run itself often says only
 * "Workload failed, see run output for details", so a lost write can come to light here and turn a
 * failure of user code into one of the platform. Other outcomes are returned as they are.
 */
export function withTaskError(outcome: RunOutcome, taskError: string | null): RunOutcome {
  if (outcome.kind !== 'failed') return outcome;
  const message = taskError === null || taskError === '' ? outcome.message : taskError;
  const lostWrite = outcome.class === 'user_code' && WRITE_CONFLICT.test(`${outcome.message}\n${message}`);
  return { ...outcome, class: lostWrite ? 'platform' : outcome.class, message };
}

function verdictOf(code: string, termination: Termination): Verdict {
  const verdict = VERDICT_OF_CODE[code] ?? VERDICT_OF_TYPE[termination.type ?? ''] ?? 'platform';
  // The new codes have none for a time-out; only the legacy state tells it from other failures.
  const timedOut = termination.resultState === 'TIMEDOUT' && verdict !== 'succeeded' && verdict !== 'refused';
  return timedOut ? 'timeout' : verdict;
}

function codeOfLegacyState(termination: Termination): string {
  const { lifeCycleState, resultState, cancelledOrTimedOut } = termination;
  if (resultState === null) return lifeCycleState ?? 'UNKNOWN';
  if (resultState === 'FAILED') return codeOfLegacyFailure(termination);
  // Unlike the new code of this name, the legacy result is a person's doing unless it says otherwise.
  if (resultState === 'CANCELED' && cancelledOrTimedOut !== false) return 'USER_CANCELED';
  return resultState;
}

/**
 * A run whose own code raised an error can report life_cycle_state INTERNAL_ERROR (seen on serverless
 * compute), so the life cycle alone must not decide: the task, or the message about it, tells.
 */
function codeOfLegacyFailure({ lifeCycleState, message, taskFailed }: Termination): string {
  const byUserCode = taskFailed || /\bWorkload failed\b/i.test(message ?? '');
  return lifeCycleState === 'INTERNAL_ERROR' && !byUserCode ? 'INTERNAL_ERROR' : 'RUN_EXECUTION_ERROR';
}
