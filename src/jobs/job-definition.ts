import type { JobConfig } from '../config/config.ts';
import type { WireJobSettings } from '../databricks/jobs-api.ts';

/** Tag of the jobs that `jobs apply` made or took over; only those does it ever change. */
export const OWNER_TAG = { key: 'managed_by', value: 'databricks-backfill' } as const;

/**
 * Keys that a Databricks bundle has and job settings have not. They are left out of what is sent and
 * named in the result, since permissions that are silently not applied would be a trap.
 */
const BUNDLE_KEYS = ['permissions', 'lifecycle'];

export interface JobDefinition {
  readonly key: string;
  readonly name: string;
  /** The job to write to, if the configuration says which; else it is found by its name. */
  readonly jobId: string | null;
  /** Complete settings as the Jobs API takes them. */
  readonly settings: WireJobSettings;
  /** Keys of the configuration that are not sent. */
  readonly ignored: readonly string[];
  /** Values of the settings that are not to be shown -> what to show in their place. */
  readonly confidential: ReadonlyMap<string, string>;
  /** Files of the notebooks that the configuration names itself, by their path in the workspace. */
  readonly notebookFiles: Readonly<Record<string, string>>;
}

/** What the configuration declares of a job, as the API takes it; null for a job that we do not define. */
export function jobDefinition(config: JobConfig): JobDefinition | null {
  if (config.settings === null) return null;
  const entries = Object.entries(config.settings);
  const sent = Object.fromEntries(entries.filter(([key]) => !BUNDLE_KEYS.includes(key)));
  return {
    key: config.key,
    name: config.name,
    jobId: config.jobId,
    settings: {
      // What a replaced job gets when it is left out depends on the version of the API: say it.
      queue: { enabled: true },
      ...sent,
      name: config.name,
      tags: { ...recordOf(sent.tags), [OWNER_TAG.key]: OWNER_TAG.value },
    },
    confidential: config.confidential ?? new Map(),
    notebookFiles: config.notebookFiles ?? {},
    ignored: entries.map(([key]) => key).filter((key) => BUNDLE_KEYS.includes(key)),
  };
}

/** Whether the tags of a live job say that it is ours to change. */
export function isOurs(tags: Readonly<Record<string, string>>): boolean {
  return tags[OWNER_TAG.key] === OWNER_TAG.value;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
