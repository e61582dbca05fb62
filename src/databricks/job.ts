import { z } from 'zod';
import { IdSchema, MillisecondsSchema, TextSchema } from './json.ts';

/** A job of the workspace with the settings that a backfill depends on. */
export interface Job {
  jobId: string;
  createdTimeMs: number;
  creatorUserName: string | null;
  settings: JobSettings;
  /** The settings as sent, for a comparison with a declared definition. Ids above 2^53 are strings. */
  rawSettings: Readonly<Record<string, unknown>>;
}

export interface JobSettings {
  name: string;
  /** 0 means that every new run is skipped. */
  maxConcurrentRuns: number;
  queueEnabled: boolean;
  /** 0 means no time-out. */
  timeoutSeconds: number;
  parameters: readonly { name: string; default: string }[];
  tags: Readonly<Record<string, string>>;
  tasks: readonly JobTask[];
}

export interface JobTask {
  taskKey: string;
  /** Retries inside one run; -1 means without end. */
  maxRetries: number;
  minRetryIntervalMs: number;
  retryOnTimeout: boolean;
  /** 0 means no time-out. */
  timeoutSeconds: number;
  notebookBaseParameters: Readonly<Record<string, string>>;
}

const TaskSchema = z
  .object({
    task_key: z.string(),
    max_retries: z.number().nullish(),
    min_retry_interval_millis: MillisecondsSchema,
    retry_on_timeout: z.boolean().nullish(),
    timeout_seconds: z.number().nullish(),
    notebook_task: z.object({ base_parameters: z.record(z.string(), z.string()).nullish() }).nullish(),
  })
  .transform(
    (wire): JobTask => ({
      taskKey: wire.task_key,
      maxRetries: wire.max_retries ?? 0,
      minRetryIntervalMs: wire.min_retry_interval_millis,
      retryOnTimeout: wire.retry_on_timeout ?? false,
      timeoutSeconds: wire.timeout_seconds ?? 0,
      notebookBaseParameters: wire.notebook_task?.base_parameters ?? {},
    }),
  );

const ParameterSchema = z.object({
  name: z.string(),
  default: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
});

const SettingsSchema = z
  .object({
    name: z.string().nullish(),
    max_concurrent_runs: z.number().nullish(),
    queue: z.object({ enabled: z.boolean() }).nullish(),
    timeout_seconds: z.number().nullish(),
    parameters: z.array(ParameterSchema).nullish(),
    tags: z.record(z.string(), z.string()).nullish(),
    tasks: z.array(TaskSchema).nullish(),
  })
  .transform(
    (wire): JobSettings => ({
      name: wire.name ?? 'Untitled',
      maxConcurrentRuns: wire.max_concurrent_runs ?? 1,
      queueEnabled: wire.queue?.enabled ?? false,
      timeoutSeconds: wire.timeout_seconds ?? 0,
      parameters: wire.parameters ?? [],
      tags: wire.tags ?? {},
      tasks: wire.tasks ?? [],
    }),
  );

/** A job as `jobs/get` and `jobs/list` send it. */
export const JobSchema = z
  .object({
    job_id: IdSchema,
    created_time: MillisecondsSchema,
    creator_user_name: TextSchema,
    settings: z.record(z.string(), z.unknown()),
  })
  .transform((wire, context): Job => {
    const settings = SettingsSchema.safeParse(wire.settings);
    if (!settings.success) {
      for (const issue of settings.error.issues) {
        context.addIssue({ ...issue, code: 'custom', path: ['settings', ...issue.path] });
      }
      return z.NEVER;
    }
    return {
      jobId: wire.job_id,
      createdTimeMs: wire.created_time,
      creatorUserName: wire.creator_user_name,
      settings: settings.data,
      rawSettings: wire.settings,
    };
  });
