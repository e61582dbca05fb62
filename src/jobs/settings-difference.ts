import type { WireJobSettings } from '../databricks/jobs-api.ts';

type Settings = Readonly<Record<string, unknown>>;

/** What the server fills in for a key that was left out; measured by Databricks' own CLI test server. */
const JOB_DEFAULTS: Settings = {
  timeout_seconds: 0,
  max_concurrent_runs: 1,
  email_notifications: {},
  webhook_notifications: {},
};
const TASK_DEFAULTS: Settings = {
  timeout_seconds: 0,
  run_if: 'ALL_SUCCESS',
  max_retries: 0,
  min_retry_interval_millis: 0,
  retry_on_timeout: false,
  disabled: false,
  email_notifications: {},
  webhook_notifications: {},
};
const NOTEBOOK_DEFAULTS: Settings = { source: 'WORKSPACE' };

/** Keys that only the server writes. */
const SERVER_KEYS = ['format', 'edit_mode', 'deployment'];
/** Keys that a reset without them leaves as they are. */
const KEPT_KEYS = ['run_as'];

/**
 * Top-level settings in which a live job differs from its definition, such as `["tasks"]`. Defaults that
 * the server fills in, the order of keys and of tasks, and ids sent as numbers are no differences; a
 * setting that only the live job has is one, because a reset removes it.
 */
export function differingSettings(declared: WireJobSettings, live: WireJobSettings): string[] {
  const one = normalSettings(declared);
  const other = normalSettings({ queue: { enabled: false }, ...live });
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys]
    .filter((key) => !SERVER_KEYS.includes(key))
    .filter((key) => !(KEPT_KEYS.includes(key) && one[key] === undefined))
    .filter((key) => canonical(one[key]) !== canonical(other[key]))
    .sort();
}

function normalSettings(settings: Settings): Settings {
  const tasks = listOf(settings.tasks).map(normalTask).sort(byKey('task_key'));
  const parameters = listOf(settings.parameters).sort(byKey('name'));
  return withDefaults({ ...settings, tasks, parameters }, JOB_DEFAULTS);
}

function normalTask(task: Settings): Settings {
  const notebook = task.notebook_task;
  return withDefaults(
    {
      ...task,
      depends_on: listOf(task.depends_on).sort(byKey('task_key')),
      ...(isSettings(notebook) && { notebook_task: withDefaults(notebook, NOTEBOOK_DEFAULTS) }),
    },
    TASK_DEFAULTS,
  );
}

function withDefaults(settings: Settings, defaults: Settings): Settings {
  const present = Object.entries(settings).filter(([, value]) => value !== undefined && value !== null);
  return { ...defaults, ...Object.fromEntries(present) };
}

/** Equal text for equal settings: keys in order, numbers as text, empty lists and objects left out. */
function canonical(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? '';
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(ordered);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (!isSettings(value)) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([key, inner]): [string, unknown] => [key, ordered(inner)])
    .filter(([, inner]) => inner !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function listOf(value: unknown): Settings[] {
  return Array.isArray(value) ? value.filter(isSettings) : [];
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byKey(key: string): (one: Settings, other: Settings) => number {
  return (one, other) => (String(one[key]) < String(other[key]) ? -1 : 1);
}
