import { z } from 'zod';
import { invalidParameter } from '../api-error.ts';
import { type Call, idSchema, readBody } from '../call.ts';
import { isActive, type Run } from '../runs/run.ts';
import { hasSucceeded } from '../runs/run-end.ts';
import { inDependencyOrder, upstreamKeys } from '../runs/task-order.ts';
import type { Workspace } from '../workspace.ts';
import { jobParameters, newTaskRun, overridingParameters, overridingShape } from './run-now.ts';

const repairSchema = z.looseObject({
  run_id: idSchema,
  rerun_all_failed_tasks: z.boolean().default(false),
  rerun_tasks: z.array(z.string()).optional(),
  rerun_dependent_tasks: z.boolean().default(false),
  latest_repair_id: idSchema.optional(),
  job_parameters: z.record(z.string(), z.string()).optional(),
  ...overridingShape,
});

type Repair = z.output<typeof repairSchema>;

/**
 * Runs tasks of an ended run again under the same run id, with the job's settings of today. Job
 * parameters are not taken over from the run: they fall back to their defaults unless sent again.
 */
export function repairRun(call: Call, workspace: Workspace) {
  const request = readBody(call, repairSchema);
  const run = workspace.runs.get(request.run_id);
  const job = workspace.jobs.get(run.jobId);
  refuse(run, request);
  const tasks = inDependencyOrder(job.settings.tasks);
  const keys = keysToRerun(run, request, tasks);
  if (keys.size === 0) throw invalidParameter(`Run ${run.runId} has no task to rerun.`);

  const repairId = workspace.ids.next();
  const nowMs = Date.now();
  run.tasks = tasks.map((task) => {
    const former = run.tasks.find((taskRun) => taskRun.task.task_key === task.task_key);
    if (former !== undefined && !keys.has(task.task_key)) return former;
    if (former !== undefined) run.formerTasks.push(former);
    return newTaskRun(workspace, task, (former?.attemptNumber ?? -1) + 1);
  });
  const taskRunIds = run.tasks.filter((taskRun) => taskRun.end === null).map((taskRun) => taskRun.runId);
  run.repairs.push({ id: repairId, type: 'REPAIR', startTimeMs: nowMs, endTimeMs: 0, end: null, taskRunIds });
  run.jobParameters = jobParameters(job, request.job_parameters ?? {});
  run.overridingParameters = overridingParameters(request);
  Object.assign(run, { end: null, endTimeMs: 0, scriptedEnd: null, stopping: new AbortController() });
  workspace.engine.submit(run, job);
  return { repair_id: repairId };
}

function refuse(run: Run, request: Repair): void {
  if (isActive(run)) throw invalidParameter(`Run ${run.runId} is active and cannot be repaired.`);
  const latest = run.repairs.at(-1)?.id ?? null;
  const sent = request.latest_repair_id ?? null;
  if (latest !== sent) {
    const wanted = latest === null ? 'none, since this is the first repair' : String(latest);
    throw invalidParameter(
      `latest_repair_id does not name the latest repair of run ${run.runId}: ${wanted}.`,
    );
  }
  if (request.rerun_all_failed_tasks === (request.rerun_tasks !== undefined)) {
    throw invalidParameter('Exactly one of rerun_all_failed_tasks and rerun_tasks must be specified.');
  }
}

function keysToRerun(run: Run, request: Repair, tasks: Parameters<typeof inDependencyOrder>[0]): Set<string> {
  const known = new Set(tasks.map((task) => task.task_key));
  const unknown = request.rerun_tasks?.find((key) => !known.has(key));
  if (unknown !== undefined) throw invalidParameter(`Task ${unknown} does not exist in the job.`);
  const failed = run.tasks.filter(({ end }) => end === null || !hasSucceeded(end));
  const keys = new Set(request.rerun_tasks ?? failed.map((taskRun) => taskRun.task.task_key));
  if (request.rerun_all_failed_tasks || request.rerun_dependent_tasks) {
    for (const task of tasks) if (upstreamKeys(task).some((key) => keys.has(key))) keys.add(task.task_key);
  }
  return keys;
}
