import { z } from 'zod';
import { invalidParameter } from '../api-error.ts';
import { type Call, flagSchema, idSchema, readBody, readQuery } from '../call.ts';
import { type Job, jobView } from '../jobs/job.ts';
import { settingsSchema, updatedSettings, withServerDefaults } from '../jobs/job-settings.ts';
import { pageOf } from '../page.ts';
import type { Workspace } from '../workspace.ts';

/** API 2.2 shows a job's arrays a hundred at a time. */
const ARRAY_PAGE = 100;

export function createJob(call: Call, workspace: Workspace) {
  const settings = withServerDefaults(readBody(call, settingsSchema), call.apiVersion);
  return { job_id: workspace.jobs.create(settings, workspace.userName).jobId };
}

const resetSchema = z.object({ job_id: idSchema, new_settings: settingsSchema });

/** Replaces all settings; only a missing `run_as` keeps its old value, as in Databricks. */
export function resetJob(call: Call, workspace: Workspace): void {
  const { job_id, new_settings } = readBody(call, resetSchema);
  const job = workspace.jobs.get(job_id);
  const { run_as } = job.settings;
  const settings = withServerDefaults({ ...(run_as && { run_as }), ...new_settings }, call.apiVersion);
  workspace.jobs.change(job, settings);
  workspace.engine.promote();
}

const updateSchema = z.object({
  job_id: idSchema,
  new_settings: settingsSchema.default({}),
  fields_to_remove: z.array(z.string()).default([]),
});

export function updateJob(call: Call, workspace: Workspace): void {
  const { job_id, new_settings, fields_to_remove } = readBody(call, updateSchema);
  const job = workspace.jobs.get(job_id);
  const settings = updatedSettings(job.settings, new_settings, fields_to_remove, call.apiVersion);
  workspace.jobs.change(job, settings);
  workspace.engine.promote();
}

/** Deletes the job and cancels its runs; the runs stay readable. */
export function deleteJob(call: Call, workspace: Workspace): void {
  const { job_id } = readBody(call, z.object({ job_id: idSchema }));
  workspace.jobs.delete(workspace.jobs.get(job_id));
  for (const run of workspace.runs.list()) if (run.jobId === job_id) workspace.engine.cancel(run);
}

const getSchema = z.object({ job_id: idSchema, page_token: z.string().optional() });

export function getJob(call: Call, workspace: Workspace) {
  const { job_id, page_token } = readQuery(call, getSchema);
  const job = workspace.jobs.get(job_id);
  if (call.apiVersion !== '2.2') return jobView(job);
  const { tasks } = job.settings;
  const page = pageOf(tasks, ARRAY_PAGE, page_token);
  return { ...jobView(job, { ...job.settings, tasks: page.items }), ...page.tokens };
}

const listSchema = z.object({
  name: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).optional(),
  page_token: z.string().optional(),
  expand_tasks: flagSchema.default(false),
});

/** Newest first. `name` is compared whole and without regard to case. */
export function listJobs(call: Call, workspace: Workspace) {
  const { name, limit, offset, page_token, expand_tasks } = readQuery(call, listSchema);
  if (offset !== undefined && page_token !== undefined) {
    throw invalidParameter('Only one of offset and page_token may be given.');
  }
  const wanted = name?.toLowerCase();
  const jobs = workspace.jobs
    .list()
    .filter((job) => wanted === undefined || job.settings.name.toLowerCase() === wanted)
    .slice(offset ?? 0);
  const page = pageOf(jobs, limit, page_token);
  return {
    ...(page.items.length > 0 && { jobs: page.items.map((job) => listedJob(job, expand_tasks)) }),
    has_more: page.tokens.next_page_token !== undefined,
    ...page.tokens,
  };
}

function listedJob(job: Job, expandTasks: boolean) {
  const { tasks, job_clusters, ...settings } = job.settings;
  if (!expandTasks) return jobView(job, settings);
  const { items, tokens } = pageOf(tasks, ARRAY_PAGE, undefined);
  const view = jobView(job, { ...settings, tasks: items, ...(job_clusters && { job_clusters }) });
  return { ...view, ...(tokens.next_page_token !== undefined && { has_more: true }) };
}
