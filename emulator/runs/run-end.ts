import { z } from 'zod';

export const LIFE_CYCLE_ENDS = ['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'] as const;
export const RESULT_STATES = [
  'SUCCESS',
  'SUCCESS_WITH_FAILURES',
  'FAILED',
  'TIMEDOUT',
  'CANCELED',
  'MAXIMUM_CONCURRENT_RUNS_REACHED',
  'EXCLUDED',
  'UPSTREAM_FAILED',
  'UPSTREAM_CANCELED',
  'DISABLED',
] as const;
export const TERMINATION_TYPES = ['SUCCESS', 'CLIENT_ERROR', 'INTERNAL_ERROR', 'CLOUD_FAILURE'] as const;

export type LifeCycleEnd = (typeof LIFE_CYCLE_ENDS)[number];
export type ResultState = (typeof RESULT_STATES)[number];
export type TerminationType = (typeof TERMINATION_TYPES)[number];

/** How a run or a task ended, in the words of the old `state` and of the new `status` at once. */
export interface RunEnd {
  lifeCycleState: LifeCycleEnd;
  resultState: ResultState | null;
  /** Any word: Databricks adds termination codes without notice. */
  terminationCode: string;
  terminationType: TerminationType;
  message: string;
  userCancelledOrTimedOut: boolean;
}

/** An end as a test scripts it; what is left out is derived from what is given. */
export const runEndSchema = z.strictObject({
  result_state: z.enum(RESULT_STATES).optional(),
  life_cycle_state: z.enum(LIFE_CYCLE_ENDS).optional(),
  termination_code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional(),
  termination_type: z.enum(TERMINATION_TYPES).optional(),
  message: z.string().optional(),
});

export const SUCCEEDED: RunEnd = {
  lifeCycleState: 'TERMINATED',
  resultState: 'SUCCESS',
  terminationCode: 'SUCCESS',
  terminationType: 'SUCCESS',
  message: '',
  userCancelledOrTimedOut: false,
};

export const USER_CANCELED: RunEnd = {
  lifeCycleState: 'TERMINATED',
  resultState: 'CANCELED',
  terminationCode: 'USER_CANCELED',
  terminationType: 'CLIENT_ERROR',
  message: 'Run cancelled.',
  userCancelledOrTimedOut: true,
};

/** The new status has no code of its own for a time-out: CANCELED is "by the platform, e.g. over the maximum duration". */
export const TIMED_OUT: RunEnd = {
  lifeCycleState: 'TERMINATED',
  resultState: 'TIMEDOUT',
  terminationCode: 'CANCELED',
  terminationType: 'CLIENT_ERROR',
  message: 'Run timed out.',
  userCancelledOrTimedOut: true,
};

export const REFUSED_JOB_FULL: RunEnd = {
  lifeCycleState: 'SKIPPED',
  resultState: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
  terminationCode: 'MAX_CONCURRENT_RUNS_EXCEEDED',
  terminationType: 'CLIENT_ERROR',
  message: 'Skipping this run because the limit of maximum concurrent runs has been reached.',
  userCancelledOrTimedOut: false,
};

/** A task that failed by its own doing: TERMINATED in the old words. */
export function taskFailed(message: string, terminationCode = 'RUN_EXECUTION_ERROR'): RunEnd {
  return {
    lifeCycleState: terminationCode === 'RUN_EXECUTION_ERROR' ? 'TERMINATED' : 'INTERNAL_ERROR',
    resultState: 'FAILED',
    terminationCode,
    terminationType: 'CLIENT_ERROR',
    message,
    userCancelledOrTimedOut: false,
  };
}

/**
 * The run of a failed task. Databricks reports it as INTERNAL_ERROR in the old words although user
 * code raised; only the new code tells (measured by the Databricks CLI team on serverless).
 */
export function runFailed(taskKey: string, task: RunEnd): RunEnd {
  return {
    ...task,
    lifeCycleState: 'INTERNAL_ERROR',
    message: `Task ${taskKey} failed with message: ${task.message}`,
  };
}

export function hasSucceeded(end: RunEnd): boolean {
  return end.resultState === 'SUCCESS' || end.resultState === 'SUCCESS_WITH_FAILURES';
}
