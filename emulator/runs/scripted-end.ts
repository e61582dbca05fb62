import type { z } from 'zod';
import type { LifeCycleEnd, ResultState, RunEnd, runEndSchema, TerminationType } from './run-end.ts';

type OldState = readonly [LifeCycleEnd, ResultState | null, TerminationType];

/** The old state and the type that go with a termination code (Databricks SDK, TerminationCodeCode). */
const BY_CODE: Readonly<Record<string, OldState>> = {
  SUCCESS: ['TERMINATED', 'SUCCESS', 'SUCCESS'],
  SUCCESS_WITH_FAILURES: ['TERMINATED', 'SUCCESS_WITH_FAILURES', 'SUCCESS'],
  RUN_EXECUTION_ERROR: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  LIBRARY_INSTALLATION_ERROR: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  CLUSTER_TERMINATED_BY_USER: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  INVALID_RUN_CONFIGURATION: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  INVALID_CLUSTER_REQUEST: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  UNAUTHORIZED_ERROR: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  RESOURCE_NOT_FOUND: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  FEATURE_DISABLED: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  BUDGET_POLICY_LIMIT_EXCEEDED: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  REPOSITORY_CHECKOUT_FAILED: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  STORAGE_ACCESS_ERROR: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  CLUSTER_REQUEST_LIMIT_EXCEEDED: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  MAX_SPARK_CONTEXTS_EXCEEDED: ['INTERNAL_ERROR', 'FAILED', 'CLIENT_ERROR'],
  INTERNAL_ERROR: ['INTERNAL_ERROR', 'FAILED', 'INTERNAL_ERROR'],
  DRIVER_ERROR: ['INTERNAL_ERROR', 'FAILED', 'INTERNAL_ERROR'],
  BREAKING_CHANGE: ['INTERNAL_ERROR', 'FAILED', 'INTERNAL_ERROR'],
  CLUSTER_ERROR: ['INTERNAL_ERROR', 'FAILED', 'CLOUD_FAILURE'],
  CLOUD_FAILURE: ['INTERNAL_ERROR', 'FAILED', 'CLOUD_FAILURE'],
  MAX_CONCURRENT_RUNS_EXCEEDED: ['SKIPPED', 'MAXIMUM_CONCURRENT_RUNS_REACHED', 'CLIENT_ERROR'],
  WORKSPACE_RUN_LIMIT_EXCEEDED: ['SKIPPED', null, 'CLIENT_ERROR'],
  MAX_JOB_QUEUE_SIZE_EXCEEDED: ['SKIPPED', null, 'CLIENT_ERROR'],
  SKIPPED: ['SKIPPED', 'EXCLUDED', 'CLIENT_ERROR'],
  DISABLED: ['SKIPPED', 'DISABLED', 'CLIENT_ERROR'],
  USER_CANCELED: ['TERMINATED', 'CANCELED', 'CLIENT_ERROR'],
  CANCELED: ['TERMINATED', 'CANCELED', 'CLIENT_ERROR'],
};

const UNKNOWN_CODE: OldState = ['INTERNAL_ERROR', 'FAILED', 'INTERNAL_ERROR'];

const CODE_BY_RESULT: Readonly<Record<ResultState, string>> = {
  SUCCESS: 'SUCCESS',
  SUCCESS_WITH_FAILURES: 'SUCCESS_WITH_FAILURES',
  FAILED: 'RUN_EXECUTION_ERROR',
  TIMEDOUT: 'CANCELED',
  CANCELED: 'USER_CANCELED',
  MAXIMUM_CONCURRENT_RUNS_REACHED: 'MAX_CONCURRENT_RUNS_EXCEEDED',
  EXCLUDED: 'SKIPPED',
  UPSTREAM_FAILED: 'RUN_EXECUTION_ERROR',
  UPSTREAM_CANCELED: 'USER_CANCELED',
  DISABLED: 'DISABLED',
};

const CODE_BY_LIFE_CYCLE: Readonly<Record<LifeCycleEnd, string>> = {
  TERMINATED: 'SUCCESS',
  SKIPPED: 'SKIPPED',
  INTERNAL_ERROR: 'INTERNAL_ERROR',
};

const CODE_BY_TYPE: Readonly<Record<TerminationType, string>> = {
  SUCCESS: 'SUCCESS',
  CLIENT_ERROR: 'RUN_EXECUTION_ERROR',
  INTERNAL_ERROR: 'INTERNAL_ERROR',
  CLOUD_FAILURE: 'CLOUD_FAILURE',
};

/**
 * Completes a scripted end. What is given stands; the code, where it is missing, follows from the
 * type (unless CLIENT_ERROR with a result that says more), the result, then the life cycle; the rest
 * follows from the code.
 */
export function scriptedEnd(given: z.output<typeof runEndSchema>): RunEnd {
  const code = given.termination_code ?? impliedCode(given);
  const [lifeCycleState, resultState, terminationType] = BY_CODE[code] ?? UNKNOWN_CODE;
  const end: RunEnd = {
    lifeCycleState: given.life_cycle_state ?? lifeCycleState,
    resultState: given.result_state ?? resultState,
    terminationCode: code,
    terminationType: given.termination_type ?? terminationType,
    message: given.message ?? `Run ended with ${code}.`,
    userCancelledOrTimedOut: false,
  };
  end.userCancelledOrTimedOut = end.resultState === 'CANCELED' || end.resultState === 'TIMEDOUT';
  return end;
}

function impliedCode(given: z.output<typeof runEndSchema>): string {
  const type = given.termination_type;
  if (type === 'INTERNAL_ERROR' || type === 'CLOUD_FAILURE') return CODE_BY_TYPE[type];
  if (given.result_state !== undefined) return CODE_BY_RESULT[given.result_state];
  if (type !== undefined) return CODE_BY_TYPE[type];
  return CODE_BY_LIFE_CYCLE[given.life_cycle_state ?? 'TERMINATED'];
}
