import { z } from 'zod';
import { invalidParameter } from '../api-error.ts';
import { type Call, flagSchema, idSchema, readBody, readQuery } from '../call.ts';
import { pageOf } from '../page.ts';
import { isActive } from '../runs/run.ts';
import { runView, taskView } from '../runs/run-view.ts';
import type { Workspace } from '../workspace.ts';

/** runs/list takes a limit "greater than 0 and less than 25". */
const MAX_LIMIT = 24;

/** API 2.2 shows a run's tasks a hundred at a time. */
const ARRAY_PAGE = 100;

const getSchema = z.object({ run_id: idSchema, page_token: z.string().optional() });

/** A run, or one task of a run by its own run id. */
export function getRun(call: Call, workspace: Workspace) {
  const { run_id, page_token } = readQuery(call, getSchema);
  const run = workspace.runs.find(run_id);
  if (run === undefined) {
    const { run: parent, taskRun } = workspace.runs.getTask(run_id);
    return taskView(parent, taskRun);
  }
  const view = runView(run);
  if (call.apiVersion !== '2.2' || view.tasks === undefined) return view;
  const { items, tokens } = pageOf(view.tasks, ARRAY_PAGE, page_token);
  return { ...view, tasks: items, ...tokens };
}

const listSchema = z.object({
  job_id: idSchema.optional(),
  active_only: flagSchema.default(false),
  completed_only: flagSchema.default(false),
  // 0 asks for as many as one page takes.
  limit: z.coerce.number().int().min(0).max(MAX_LIMIT, 'must be less than 25').default(20),
  offset: z.coerce.number().int().min(0).optional(),
  page_token: z.string().optional(),
  run_type: z.enum(['JOB_RUN', 'WORKFLOW_RUN', 'SUBMIT_RUN']).optional(),
  start_time_from: z.coerce.number().int().optional(),
  start_time_to: z.coerce.number().int().optional(),
  expand_tasks: flagSchema.default(false),
});

/** Latest end first, by start for those unfinished; both ends of the start time range are included. */
export function listRuns(call: Call, workspace: Workspace) {
  const query = readQuery(call, listSchema);
  if (query.active_only && query.completed_only) {
    throw invalidParameter('Only one of active_only and completed_only may be true.');
  }
  const runs = workspace.runs.list().filter((run) => {
    if (query.job_id !== undefined && run.jobId !== query.job_id) return false;
    if (query.active_only && !isActive(run)) return false;
    if (query.completed_only && isActive(run)) return false;
    if (query.run_type !== undefined && query.run_type !== 'JOB_RUN') return false;
    if (query.start_time_from !== undefined && run.startTimeMs < query.start_time_from) return false;
    return query.start_time_to === undefined || run.startTimeMs <= query.start_time_to;
  });
  const page = pageOf(runs.slice(query.offset ?? 0), query.limit || MAX_LIMIT, query.page_token);
  const views = page.items.map((run) => {
    const { tasks, ...view } = runView(run);
    if (!query.expand_tasks || tasks === undefined) return view;
    return { ...view, tasks: tasks.slice(0, ARRAY_PAGE) };
  });
  return {
    ...(views.length > 0 && { runs: views }),
    has_more: page.tokens.next_page_token !== undefined,
    ...page.tokens,
  };
}

const runIdSchema = z.object({ run_id: idSchema });

/** Asks the run to stop; it is TERMINATING for a while. Cancelling what has ended changes nothing. */
export function cancelRun(call: Call, workspace: Workspace): void {
  const { run_id } = readBody(call, runIdSchema);
  workspace.engine.cancel(workspace.runs.get(run_id));
}

const cancelAllSchema = z
  .object({ job_id: idSchema.optional(), all_queued_runs: z.boolean().default(false) })
  .refine((body) => body.job_id !== undefined || body.all_queued_runs, 'needs job_id or all_queued_runs');

/**
 * Cancels the active runs of a job; with all_queued_runs only its queued ones, and without job_id
 * every queued run of the workspace.
 */
export function cancelAllRuns(call: Call, workspace: Workspace): void {
  const { job_id, all_queued_runs } = readBody(call, cancelAllSchema);
  if (job_id !== undefined) workspace.jobs.get(job_id);
  const runs = workspace.runs.list().filter((run) => job_id === undefined || run.jobId === job_id);
  for (const run of runs) if (!all_queued_runs || run.state === 'QUEUED') workspace.engine.cancel(run);
}

export function deleteRun(call: Call, workspace: Workspace): void {
  workspace.runs.delete(readBody(call, runIdSchema).run_id);
}

/** What a task left behind; only a task's own run id has an output. */
export function getRunOutput(call: Call, workspace: Workspace) {
  const { run_id } = readQuery(call, runIdSchema);
  if (workspace.runs.find(run_id) !== undefined) {
    throw invalidParameter(
      'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
    );
  }
  const { run, taskRun } = workspace.runs.getTask(run_id);
  const { output } = taskRun;
  return {
    metadata: taskView(run, taskRun),
    ...(output.notebookOutput && { notebook_output: output.notebookOutput }),
    ...(output.sqlOutput && {
      sql_output: {
        query_output: { query_text: output.sqlOutput.queryText, warehouse_id: output.sqlOutput.warehouseId },
      },
    }),
    ...(output.error !== undefined && { error: output.error }),
    ...(output.errorTrace !== undefined && { error_trace: output.errorTrace }),
    logs_truncated: false,
  };
}
