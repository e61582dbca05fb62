import { setTimeout as sleep } from 'node:timers/promises';
import type { Run, TaskOutput, TaskRun } from './run.ts';
import { hasSucceeded, type RunEnd, runFailed, SUCCEEDED } from './run-end.ts';
import { upstreamKeys } from './task-order.ts';

export interface TaskResult {
  end: RunEnd;
  output: TaskOutput;
}

/** Does the work of a task; stops between statements once the signal is aborted. */
export type ExecuteTask = (run: Run, taskRun: TaskRun, signal: AbortSignal) => Promise<TaskResult>;

const UPSTREAM_FAILED: RunEnd = {
  lifeCycleState: 'SKIPPED',
  resultState: 'UPSTREAM_FAILED',
  terminationCode: 'SKIPPED',
  terminationType: 'CLIENT_ERROR',
  message: 'Skipped because an upstream task failed.',
  userCancelledOrTimedOut: false,
};

/**
 * Runs the tasks of a run that have not ended, one after another, and tells how the run ends. Each
 * task takes its share of `durationMs` or as long as its work takes. Rejects with an AbortError when
 * the run is stopped. A run without tasks succeeds.
 */
export async function driveTasks(run: Run, execute: ExecuteTask, durationMs: number): Promise<RunEnd> {
  const todo = run.tasks.filter((taskRun) => taskRun.end === null);
  if (todo.length === 0) await sleep(durationMs, undefined, { signal: run.stopping.signal });
  for (const taskRun of todo) await driveTask(run, taskRun, execute, durationMs / todo.length);
  if (run.scriptedEnd !== null) return run.scriptedEnd;
  const failed = run.tasks.find(({ end }) => end !== null && end !== UPSTREAM_FAILED && !hasSucceeded(end));
  return failed?.end ? runFailed(failed.task.task_key, failed.end) : SUCCEEDED;
}

async function driveTask(
  run: Run,
  taskRun: TaskRun,
  execute: ExecuteTask,
  durationMs: number,
): Promise<void> {
  const { signal } = run.stopping;
  taskRun.startTimeMs = Date.now();
  const upstream = new Set(upstreamKeys(taskRun.task));
  const blocked = run.tasks.some(
    ({ task, end }) => upstream.has(task.task_key) && end !== null && !hasSucceeded(end),
  );
  if (blocked && run.scriptedEnd === null) {
    end(taskRun, { end: UPSTREAM_FAILED, output: {} });
    return;
  }
  taskRun.state = 'RUNNING';
  const timeoutMs = (taskRun.task.timeout_seconds ?? 0) * 1000;
  const timeout = timeoutMs > 0 ? setTimeout(() => run.stopping.abort('timed_out'), timeoutMs) : undefined;
  const work = run.scriptedEnd === null ? execute(run, taskRun, signal) : scripted(run.scriptedEnd);
  try {
    const [result] = await Promise.all([work, sleep(durationMs, undefined, { signal })]);
    // Work that outlasts the duration stops early when the run does, with a result that counts for nothing.
    signal.throwIfAborted();
    end(taskRun, result);
  } finally {
    clearTimeout(timeout);
    // A run that has ended writes no more: its statement in progress is waited for.
    await Promise.allSettled([work]);
  }
}

function end(taskRun: TaskRun, result: TaskResult): void {
  Object.assign(taskRun, { ...result, state: 'TERMINATED', endTimeMs: Date.now() });
}

async function scripted(runEnd: RunEnd): Promise<TaskResult> {
  if (hasSucceeded(runEnd)) return { end: runEnd, output: {} };
  const ownFault = runEnd.terminationCode === 'RUN_EXECUTION_ERROR';
  return {
    end: ownFault ? { ...runEnd, lifeCycleState: 'TERMINATED' } : runEnd,
    output: { error: runEnd.message, errorTrace: runEnd.message },
  };
}
