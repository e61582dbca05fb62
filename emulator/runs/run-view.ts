import { isActive, type Run, type RunState, type TaskRun } from './run.ts';
import type { RunEnd } from './run-end.ts';

const QUEUE_MESSAGES = {
  ACTIVE_RUNS_LIMIT_REACHED: 'Queued because the workspace has reached its limit of active runs.',
  MAX_CONCURRENT_RUNS_REACHED: 'Queued due to reaching maximum concurrent runs of the job.',
} as const;

/** The run as runs/get shows it, in the old words (`state`) and the new ones (`status`). */
export function runView(run: Run) {
  const now = Date.now();
  return {
    job_id: run.jobId,
    run_id: run.runId,
    job_run_id: run.runId,
    number_in_job: run.runId,
    original_attempt_run_id: run.runId,
    run_name: run.runName,
    run_type: 'JOB_RUN',
    trigger: 'ONE_TIME',
    format: 'MULTI_TASK',
    creator_user_name: run.creatorUserName,
    run_page_url: run.runPageUrl,
    start_time: run.startTimeMs,
    end_time: run.endTimeMs,
    // Databricks keeps these three at 0 for jobs of several tasks and reports run_duration instead.
    setup_duration: 0,
    execution_duration: 0,
    cleanup_duration: 0,
    run_duration: run.endTimeMs === 0 ? 0 : run.endTimeMs - run.startTimeMs,
    queue_duration: run.state === 'QUEUED' ? now - run.queuedSinceMs : run.queueDurationMs,
    ...(run.jobParameters.length > 0 && { job_parameters: run.jobParameters }),
    ...(Object.keys(run.overridingParameters).length > 0 && {
      overriding_parameters: run.overridingParameters,
    }),
    ...states(run.state, run.end, run.queueCode),
    ...(run.tasks.length > 0 && { tasks: run.tasks.map((taskRun) => taskView(run, taskRun)) }),
    ...(run.repairs.length > 1 && { repair_history: run.repairs.map(repairView) }),
  };
}

/** One task of a run, as in the run's `tasks` and as runs/get shows a task's own run id. */
export function taskView(run: Run, taskRun: TaskRun) {
  const { task } = taskRun;
  return {
    run_id: taskRun.runId,
    job_run_id: run.runId,
    task_key: task.task_key,
    ...(task.depends_on && { depends_on: task.depends_on }),
    ...(task.notebook_task && { notebook_task: task.notebook_task }),
    ...(task.sql_task && { sql_task: task.sql_task }),
    run_if: task.run_if,
    attempt_number: taskRun.attemptNumber,
    run_page_url: run.runPageUrl,
    start_time: taskRun.startTimeMs,
    end_time: taskRun.endTimeMs,
    setup_duration: 0,
    execution_duration: taskRun.endTimeMs === 0 ? 0 : taskRun.endTimeMs - taskRun.startTimeMs,
    cleanup_duration: 0,
    ...taskStates(run, taskRun),
  };
}

/** The run's state as the ledger tells it: the new words, but SKIPPED where the run was refused. */
export function ledgerStates(run: Run): { run_state: string; result_state: string | null } {
  const refused = run.end?.lifeCycleState === 'SKIPPED';
  return { run_state: refused ? 'SKIPPED' : run.state, result_state: run.end?.resultState ?? null };
}

function taskStates(run: Run, taskRun: TaskRun) {
  if (taskRun.state === 'WAITING' && isActive(run)) {
    return {
      state: { life_cycle_state: run.state === 'QUEUED' ? 'QUEUED' : 'BLOCKED', state_message: '' },
      status: { state: run.state === 'QUEUED' ? 'QUEUED' : 'BLOCKED' },
    };
  }
  return states(taskRun.state === 'WAITING' ? 'TERMINATED' : taskRun.state, taskRun.end, null);
}

function states(state: RunState, end: RunEnd | null, queueCode: Run['queueCode']) {
  if (end === null) {
    const queueReason = queueCode === null ? null : QUEUE_MESSAGES[queueCode];
    return {
      state: {
        life_cycle_state: state,
        state_message: '',
        user_cancelled_or_timedout: false,
        ...(queueReason !== null && { queue_reason: queueReason }),
      },
      status: {
        state,
        ...(queueReason !== null && { queue_details: { code: queueCode, message: queueReason } }),
      },
    };
  }
  return {
    state: {
      life_cycle_state: end.lifeCycleState,
      ...(end.resultState !== null && { result_state: end.resultState }),
      state_message: end.message,
      user_cancelled_or_timedout: end.userCancelledOrTimedOut,
    },
    status: {
      state: 'TERMINATED',
      termination_details: { code: end.terminationCode, type: end.terminationType, message: end.message },
    },
  };
}

function repairView(repair: Run['repairs'][number]) {
  const state = repair.endTimeMs === 0 ? 'RUNNING' : 'TERMINATED';
  return {
    ...(repair.id !== null && { id: repair.id }),
    type: repair.type,
    start_time: repair.startTimeMs,
    end_time: repair.endTimeMs,
    ...states(state, repair.end, null),
    task_run_ids: repair.taskRunIds,
  };
}
