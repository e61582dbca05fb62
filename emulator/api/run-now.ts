import { z } from 'zod';
import { ApiError, invalidParameter } from '../api-error.ts';
import { type Call, idSchema, readBody } from '../call.ts';
import type { Job } from '../jobs/job.ts';
import type { JobParameter, OverridingParameters, Run, TaskRun } from '../runs/run.ts';
import { effectiveParameters } from '../runs/run.ts';
import { inDependencyOrder } from '../runs/task-order.ts';
import type { Workspace } from '../workspace.ts';

const stringMap = z.record(z.string(), z.string());

/** Each older parameter field takes at most 10,000 bytes as JSON. */
const MAX_LEGACY_BYTES = 10_000;

/** The run-now and repair fields that the platform calls deprecated in favour of job_parameters. */
export const overridingShape = {
  notebook_params: stringMap.optional(),
  sql_params: stringMap.optional(),
  python_named_params: stringMap.optional(),
  python_params: z.array(z.string()).optional(),
  jar_params: z.array(z.string()).optional(),
  spark_submit_params: z.array(z.string()).optional(),
  dbt_commands: z.array(z.string()).optional(),
  pipeline_params: z.record(z.string(), z.unknown()).optional(),
};

const runNowSchema = z.looseObject({
  job_id: idSchema,
  job_parameters: z.record(z.string().regex(/^[\w.-]+$/), z.string()).default({}),
  idempotency_token: z.string().max(64, 'must be at most 64 characters').optional(),
  queue: z.looseObject({ enabled: z.boolean() }).optional(),
  ...overridingShape,
});

type RunNow = z.output<typeof runNowSchema>;

/**
 * Starts a run. A known idempotency_token hands back the run that it made, finished or not. 429 when
 * the workspace is full and the run may not queue.
 */
export function runNow(call: Call, workspace: Workspace) {
  const request = readBody(call, runNowSchema);
  const token = request.idempotency_token || null;
  const known = token === null ? null : workspace.runs.findByToken(token);
  const run = known ?? startRun(call, workspace, request);
  workspace.ledger.recordRunNow({
    atMs: Date.now(),
    idempotencyToken: token,
    jobId: request.job_id,
    parameters: { ...request.notebook_params, ...request.sql_params, ...request.job_parameters },
    runId: run.runId,
    created: known === null,
  });
  return { run_id: run.runId, number_in_job: run.runId };
}

function startRun(call: Call, workspace: Workspace, request: RunNow): Run {
  const job = workspace.jobs.get(request.job_id);
  const overriding = overridingParameters(request);
  if (workspace.configuration.undeclared_job_parameters === 'reject') refuseUndeclared(job, request);
  const mayQueue = request.queue?.enabled ?? job.settings.queue.enabled;
  if (!mayQueue && workspace.engine.obstacle(job) === 'ACTIVE_RUNS_LIMIT_REACHED') {
    const message = 'The workspace has reached its limit of active runs; the run cannot start immediately.';
    throw new ApiError(429, 'RESOURCE_EXHAUSTED', message);
  }
  const nowMs = Date.now();
  const runId = workspace.ids.next();
  const run: Run = {
    runId,
    jobId: job.jobId,
    runName: job.settings.name,
    creatorUserName: workspace.userName,
    runPageUrl: `${call.origin}/?o=${workspace.workspaceId}#job/${job.jobId}/run/${runId}`,
    mayQueue,
    jobParameters: jobParameters(job, request.job_parameters),
    overridingParameters: overriding,
    idempotencyToken: request.idempotency_token || null,
    state: 'QUEUED',
    queueCode: null,
    startTimeMs: nowMs,
    queuedSinceMs: nowMs,
    queueDurationMs: 0,
    endTimeMs: 0,
    end: null,
    scriptedEnd: null,
    tasks: inDependencyOrder(job.settings.tasks).map((task) => newTaskRun(workspace, task, 0)),
    formerTasks: [],
    repairs: [],
    stopping: new AbortController(),
  };
  const taskRunIds = run.tasks.map((taskRun) => taskRun.runId);
  run.repairs.push({ id: null, type: 'ORIGINAL', startTimeMs: nowMs, endTimeMs: 0, end: null, taskRunIds });
  run.scriptedEnd = workspace.outcomes.take(run.runName, effectiveParameters(run));
  workspace.runs.add(run);
  workspace.engine.submit(run, job);
  return run;
}

export function newTaskRun(workspace: Workspace, task: TaskRun['task'], attemptNumber: number): TaskRun {
  return {
    runId: workspace.ids.next(),
    task,
    attemptNumber,
    state: 'WAITING',
    startTimeMs: 0,
    endTimeMs: 0,
    end: null,
    output: {},
  };
}

/** Every declared parameter with its value, then what was sent without being declared. */
export function jobParameters(job: Job, sent: Readonly<Record<string, string>>): JobParameter[] {
  const declared = job.settings.parameters ?? [];
  const names = new Set(declared.map(({ name }) => name));
  return [
    ...declared.map(({ name, default: byDefault }) => ({
      name,
      default: byDefault,
      value: sent[name] ?? byDefault,
    })),
    ...Object.entries(sent)
      .filter(([name]) => !names.has(name))
      .map(([name, value]) => ({ name, value })),
  ];
}

/** The older fields that were sent. Throws 400 over the size limit or for fields that exclude each other. */
export function overridingParameters(request: Record<string, unknown>): OverridingParameters {
  const sent = Object.keys(overridingShape).filter((field) => request[field] !== undefined);
  for (const field of sent) {
    if (Buffer.byteLength(JSON.stringify(request[field])) <= MAX_LEGACY_BYTES) continue;
    throw invalidParameter(`${field}: the JSON representation must not exceed ${MAX_LEGACY_BYTES} bytes.`);
  }
  if (sent.includes('notebook_params') && sent.includes('jar_params')) {
    throw invalidParameter('notebook_params cannot be specified in conjunction with jar_params.');
  }
  return Object.fromEntries(sent.map((field) => [field, request[field]]));
}

function refuseUndeclared(job: Job, request: RunNow): void {
  const declared = new Set((job.settings.parameters ?? []).map(({ name }) => name));
  const undeclared = Object.keys(request.job_parameters).filter((name) => !declared.has(name));
  if (undeclared.length > 0) {
    throw invalidParameter(`Job ${job.jobId} does not declare the job parameters ${undeclared.join(', ')}.`);
  }
}
