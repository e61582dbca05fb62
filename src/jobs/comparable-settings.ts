import type { WireJobSettings } from '../databricks/jobs-api.ts';

type Settings = Readonly<Record<string, unknown>>;

/** What the server fills in for a key that was left out; measured by Databricks' own CLI test server. */
const JOB_DEFAULTS: Settings = { timeout_seconds: 0, max_concurrent_runs: 1 };
const TASK_DEFAULTS: Settings = {
  timeout_seconds: 0,
  run_if: 'ALL_SUCCESS',
  max_retries: 0,
  min_retry_interval_millis: 0,
  retry_on_timeout: false,
  disabled: false,
};
const NOTEBOOK_DEFAULTS: Settings = { source: 'WORKSPACE' };
/** Of a schedule, a trigger and a continuous job alike. */
const TRIGGER_DEFAULTS: Settings = { pause_status: 'UNPAUSED' };

/** Keys that only the server writes. */
export const SERVER_KEYS: readonly string[] = ['format', 'edit_mode', 'deployment'];
/** Keys that a reset without them leaves as they are. */
const KEPT_KEYS = ['run_as'];
/**
 * Keys of a cluster that the cloud fills in where they are left out. Source: what Databricks' Terraform
 * provider suppresses in its differences.
 */
const CLUSTER_KEYS = [
  'aws_attributes',
  'azure_attributes',
  'gcp_attributes',
  'data_security_mode',
  'driver_node_type_id',
  'driver_instance_pool_id',
  'enable_elastic_disk',
  'enable_local_disk_encryption',
];

/**
 * Declared and live settings in one form, so that whatever still differs is a difference: defaults of the
 * server filled in, what only the server writes left out, lists in the order of their keys, nothing empty.
 */
export function comparableSettings(
  declared: WireJobSettings,
  live: WireJobSettings,
): { declared: Settings; live: Settings } {
  const kept = KEPT_KEYS.filter((key) => declared[key] === undefined);
  const without = [...SERVER_KEYS, ...kept];
  // A queue that a live job does not speak of is off: an older API made the job.
  const said: WireJobSettings = { queue: { enabled: false }, ...live };
  const one = normalSettings(declared, without);
  const other = normalSettings(said, without);
  return { declared: one, live: isRecord(other) ? withoutFilled(other, one) : {} };
}

function normalSettings(settings: Settings, without: readonly string[]): Settings {
  const present = Object.entries(settings).filter(([key]) => !without.includes(key));
  const given = Object.fromEntries(present);
  const triggers = ['schedule', 'trigger', 'continuous'].flatMap((key) => {
    const value = given[key];
    return isRecord(value) ? [[key, withDefaults(value, TRIGGER_DEFAULTS)] as const] : [];
  });
  const normal = withDefaults(
    {
      ...given,
      ...Object.fromEntries(triggers),
      tasks: listOf(given.tasks).map(normalTask).sort(byKey('task_key')),
      job_clusters: listOf(given.job_clusters).sort(byKey('job_cluster_key')),
      parameters: listOf(given.parameters).sort(byKey('name')),
    },
    JOB_DEFAULTS,
  );
  return (ordered(normal) ?? {}) as Settings;
}

function normalTask(task: Settings): Settings {
  const notebook = task.notebook_task;
  return withDefaults(
    {
      ...task,
      depends_on: listOf(task.depends_on).sort(byKey('task_key')),
      ...(isRecord(notebook) && { notebook_task: withDefaults(notebook, NOTEBOOK_DEFAULTS) }),
    },
    TASK_DEFAULTS,
  );
}

function withDefaults(settings: Settings, defaults: Settings): Settings {
  const present = Object.entries(settings).filter(([, value]) => value !== undefined && value !== null);
  return { ...defaults, ...Object.fromEntries(present) };
}

/** Keys in order, empty lists and objects left out, ids above 2^53 as text. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(ordered);
  if (typeof value === 'bigint') return String(value);
  if (!isRecord(value)) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([key, inner]): [string, unknown] => [key, ordered(inner)])
    .filter(([, inner]) => inner !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Leaves out, wherever the definition has a cluster, what the cloud filled in and the definition is silent about. */
function withoutFilled(live: Settings, declared: Settings): Settings {
  const entries = Object.entries(live).flatMap(([key, value]): [string, unknown][] => {
    const other = declared[key];
    if (other === undefined && CLUSTER_KEYS.includes(key)) return [];
    if (isRecord(value) && isRecord(other)) return [[key, withoutFilled(value, other)]];
    if (!Array.isArray(value) || !Array.isArray(other)) return [[key, value]];
    const members = value.map((member, index) => {
      const twin = other[index];
      return isRecord(member) && isRecord(twin) ? withoutFilled(member, twin) : member;
    });
    return [[key, members]];
  });
  return Object.fromEntries(entries);
}

function listOf(value: unknown): Settings[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function isRecord(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byKey(key: string): (one: Settings, other: Settings) => number {
  return (one, other) => (String(one[key]) < String(other[key]) ? -1 : 1);
}
