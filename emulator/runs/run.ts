import type { Task } from '../jobs/job-settings.ts';
import type { RunEnd } from './run-end.ts';

export type RunState = 'QUEUED' | 'PENDING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED';
export type QueueCode = 'ACTIVE_RUNS_LIMIT_REACHED' | 'MAX_CONCURRENT_RUNS_REACHED';

/** What runs/get-output shows of a task. */
export interface TaskOutput {
  notebookOutput?: { result: string; truncated: boolean };
  sqlOutput?: { queryText: string; warehouseId: string };
  error?: string;
  errorTrace?: string;
}

/** One try of one task; a repair makes a new one with a new run id. */
export interface TaskRun {
  readonly runId: bigint;
  readonly task: Task;
  readonly attemptNumber: number;
  state: 'WAITING' | Exclude<RunState, 'QUEUED'>;
  startTimeMs: number;
  endTimeMs: number;
  end: RunEnd | null;
  output: TaskOutput;
}

export interface JobParameter {
  name: string;
  /** Absent for a parameter that the job does not declare. */
  default?: string;
  value: string;
}

/** An entry of a run's repair history, the original run included. */
export interface RunRepair {
  readonly id: bigint | null;
  readonly type: 'ORIGINAL' | 'REPAIR';
  readonly startTimeMs: number;
  endTimeMs: number;
  end: RunEnd | null;
  readonly taskRunIds: bigint[];
}

/** Parameters of the older style, by the name of their run-now field. */
export type OverridingParameters = Readonly<Record<string, unknown>>;

/** A run of a job. Its engine alone changes it. */
export interface Run {
  readonly runId: bigint;
  readonly jobId: bigint;
  readonly runName: string;
  readonly creatorUserName: string;
  readonly runPageUrl: string;
  readonly mayQueue: boolean;
  jobParameters: JobParameter[];
  overridingParameters: OverridingParameters;
  readonly idempotencyToken: string | null;
  state: RunState;
  /** Why it is QUEUED. */
  queueCode: QueueCode | null;
  /** When run-now made it; Databricks shows this as its start even while it is queued. */
  readonly startTimeMs: number;
  queuedSinceMs: number;
  queueDurationMs: number;
  endTimeMs: number;
  end: RunEnd | null;
  /** Set where a test has scripted how this run ends. */
  scriptedEnd: RunEnd | null;
  /** The tasks in an order in which they can run. */
  tasks: TaskRun[];
  /** Tries of tasks that a repair has replaced. */
  readonly formerTasks: TaskRun[];
  readonly repairs: RunRepair[];
  /** Aborted with 'cancelled' or 'timed_out'. */
  stopping: AbortController;
}

export function isActive(run: Run): boolean {
  return run.state !== 'TERMINATED';
}

/** Whether the run takes one of its job's max_concurrent_runs. */
export function holdsSlot(run: Run): boolean {
  return run.state !== 'TERMINATED' && run.state !== 'QUEUED';
}

/** The value of each parameter as a task sees it, weakest first: task, job, then the older run-now fields. */
export function effectiveParameters(run: Run, task?: Task): Record<string, string> {
  const tasks = task === undefined ? run.tasks.map((taskRun) => taskRun.task) : [task];
  const parameters: Record<string, string> = {};
  for (const { notebook_task, sql_task } of tasks) {
    Object.assign(parameters, notebook_task?.base_parameters, sql_task?.parameters);
  }
  for (const { name, value } of run.jobParameters) parameters[name] = value;
  for (const field of ['notebook_params', 'sql_params'])
    Object.assign(parameters, run.overridingParameters[field]);
  return parameters;
}
