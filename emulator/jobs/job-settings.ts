import { z } from 'zod';

const stringMap = z.record(z.string(), z.string());

const taskSchema = z.looseObject({
  task_key: z.string().regex(/^[\w-]{1,100}$/),
  depends_on: z.array(z.looseObject({ task_key: z.string(), outcome: z.string().optional() })).optional(),
  notebook_task: z
    .looseObject({
      notebook_path: z.string().min(1),
      base_parameters: stringMap.optional(),
      source: z.enum(['WORKSPACE', 'GIT']).optional(),
      warehouse_id: z.string().optional(),
    })
    .optional(),
  sql_task: z
    .looseObject({
      warehouse_id: z.string().min(1),
      file: z.looseObject({ path: z.string().min(1), source: z.string().optional() }).optional(),
      parameters: stringMap.optional(),
    })
    .optional(),
  max_retries: z.number().int().min(-1).optional(),
  timeout_seconds: z.number().int().min(0).optional(),
});

const settingsShape = {
  name: z
    .string()
    .refine((name) => Buffer.byteLength(name) <= 4096, 'must be at most 4096 bytes')
    .optional(),
  description: z.string().max(27_700).optional(),
  tags: stringMap.refine((tags) => Object.keys(tags).length <= 25, 'a job takes at most 25 tags').optional(),
  tasks: z
    .array(taskSchema)
    .max(1000)
    .refine((tasks) => new Set(tasks.map((task) => task.task_key)).size === tasks.length, 'task_key repeats')
    .optional(),
  job_clusters: z.array(z.looseObject({ job_cluster_key: z.string().min(1) })).optional(),
  parameters: z.array(z.looseObject({ name: z.string().regex(/^[\w.-]+$/), default: z.string() })).optional(),
  queue: z.looseObject({ enabled: z.boolean() }).optional(),
  max_concurrent_runs: z.number().int().min(0).max(1000).optional(),
  timeout_seconds: z.number().int().min(0).optional(),
  run_as: z
    .looseObject({ user_name: z.string().optional(), service_principal_name: z.string().optional() })
    .optional(),
};

/** Job settings as a caller sends them. What the emulator does not act on is kept as it is. */
export const settingsSchema = z.looseObject(settingsShape);

export type SentSettings = z.output<typeof settingsSchema>;
export type Task = z.output<typeof taskSchema>;

/** Job settings as the workspace keeps them, its own defaults filled in. */
export type JobSettings = SentSettings & {
  name: string;
  tasks: Task[];
  max_concurrent_runs: number;
  timeout_seconds: number;
  queue: { enabled: boolean };
};

/**
 * Fills in what the server does: notification objects, time-outs, `run_if`, `depends_on` in order of
 * task_key, a notebook's source, the format. The queue is on by default only since API 2.2.
 */
export function withServerDefaults(sent: SentSettings, apiVersion: string): JobSettings {
  return {
    email_notifications: {},
    webhook_notifications: {},
    format: 'MULTI_TASK',
    ...sent,
    name: sent.name ?? 'Untitled',
    tasks: (sent.tasks ?? []).map(taskWithServerDefaults),
    max_concurrent_runs: sent.max_concurrent_runs ?? 1,
    timeout_seconds: sent.timeout_seconds ?? 0,
    queue: sent.queue ?? { enabled: apiVersion === '2.2' },
  };
}

function taskWithServerDefaults(task: Task): Task {
  const { notebook_task, depends_on } = task;
  return {
    run_if: 'ALL_SUCCESS',
    timeout_seconds: 0,
    email_notifications: {},
    webhook_notifications: {},
    ...task,
    ...(notebook_task && {
      notebook_task: { ...notebook_task, source: notebook_task.source ?? 'WORKSPACE' },
    }),
    ...(depends_on && { depends_on: depends_on.toSorted((a, b) => (a.task_key < b.task_key ? -1 : 1)) }),
  };
}

/**
 * jobs/update: top-level fields are replaced, except tasks and job clusters, which are merged by key;
 * nothing below is merged. `fields_to_remove` names top-level fields, or `tasks/<key>` and
 * `job_clusters/<key>`.
 */
export function updatedSettings(
  current: JobSettings,
  changes: SentSettings,
  fieldsToRemove: readonly string[],
  apiVersion: string,
): JobSettings {
  const merged: SentSettings = { ...current, ...changes };
  if (changes.tasks) merged.tasks = mergedByKey(current.tasks, changes.tasks, (task) => task.task_key);
  if (changes.job_clusters) {
    merged.job_clusters = mergedByKey(
      current.job_clusters ?? [],
      changes.job_clusters,
      (cluster) => cluster.job_cluster_key,
    );
  }
  for (const field of fieldsToRemove) {
    const [list, key] = field.split('/', 2);
    if (key === undefined) delete merged[field];
    else if (list === 'tasks') merged.tasks = (merged.tasks ?? []).filter((task) => task.task_key !== key);
    else if (list === 'job_clusters')
      merged.job_clusters = merged.job_clusters?.filter((cluster) => cluster.job_cluster_key !== key);
  }
  return withServerDefaults(merged, apiVersion);
}

function mergedByKey<Item>(
  current: readonly Item[],
  changes: readonly Item[],
  keyOf: (item: Item) => string,
) {
  const merged = new Map(current.map((item) => [keyOf(item), item]));
  for (const change of changes) merged.set(keyOf(change), change);
  return [...merged.values()];
}
