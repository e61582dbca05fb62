import type { WireJobSettings } from '../databricks/jobs-api.ts';
import { comparableSettings, isRecord } from './comparable-settings.ts';

/** A setting in which a live job differs from its definition. */
export interface SettingDifference {
  /** `max_concurrent_runs`, or `tasks.process_data.timeout_seconds`: members of lists by their key. */
  readonly path: string;
  /** The value as JSON; null where there is none. */
  readonly live: string | null;
  readonly declared: string | null;
}

/** Keys of which a value is never shown. */
const SECRET_KEY = /token|secret|passw|credential|api_?key|private_?key|connection_?string/i;
const HIDDEN = '(not shown)';

/** What a value is known by within its list. Source: Databricks CLI, which merges bundles by the same keys. */
const LIST_KEYS = ['task_key', 'job_cluster_key', 'environment_key', 'name'];

/**
 * Settings that `jobs/reset` would change, by path. Defaults that the server fills in, the order of keys and
 * of tasks, and ids sent as numbers are no differences; a setting that only the live job has is one, because
 * a reset removes it.
 *
 * @param confidential values that came from the environment -> how the configuration names them. They are
 *   not shown, nor is what stands in their place now.
 */
export function settingDifferences(
  declared: WireJobSettings,
  live: WireJobSettings,
  confidential: ReadonlyMap<string, string> = new Map(),
): SettingDifference[] {
  const sides = comparableSettings(declared, live);
  return differing(sides.declared, sides.live, []).map((difference) => shown(difference, confidential));
}

interface Difference {
  readonly path: readonly string[];
  readonly declared: unknown;
  readonly live: unknown;
}

function differing(declared: unknown, live: unknown, path: readonly string[]): Difference[] {
  if (canonical(declared) === canonical(live)) return [];
  const one = membersOf(declared ?? (Array.isArray(live) ? [] : undefined));
  const other = membersOf(live ?? (Array.isArray(declared) ? [] : undefined));
  if (one === null || other === null) return [{ path, declared, live }];
  const keys = [...new Set([...Object.keys(other), ...Object.keys(one)])];
  return keys.flatMap((key) => differing(one[key], other[key], [...path, key]));
}

/** The same text for 12 and "12", for an id may be sent as either. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'number' ? String(inner) : inner));
}

/** What is compared one by one: entries of an object, members of a list that have a key. */
function membersOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (isRecord(value)) return value;
  if (!Array.isArray(value)) return null;
  const key = LIST_KEYS.find((candidate) => value.every((member) => isRecord(member) && candidate in member));
  if (key === undefined) return null;
  return Object.fromEntries(value.map((member) => [String(member[key]), member]));
}

function shown(
  { path, declared, live }: Difference,
  confidential: ReadonlyMap<string, string>,
): SettingDifference {
  const secret = path.some((key) => SECRET_KEY.test(key));
  const text = (value: unknown) => (value === undefined ? null : secret ? HIDDEN : textOf(value));
  const declaredText = text(declared);
  const named = declaredText === null ? null : withoutConfidential(declaredText, confidential);
  const hidesLive = named !== declaredText && live !== undefined;
  return { path: path.join('.'), live: hidesLive ? HIDDEN : text(live), declared: named };
}

/** JSON, but that values below a secret key are not in it. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (key, inner) => (SECRET_KEY.test(key) ? HIDDEN : inner));
}

/** A short value is taken for the variable's only where it stands alone: `eu` is part of many words. */
function withoutConfidential(text: string, confidential: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [value, reference] of confidential) {
    const quoted = JSON.stringify(value);
    result = result.replaceAll(quoted, JSON.stringify(reference));
    if (value.length >= 6) result = result.replaceAll(quoted.slice(1, -1), reference);
  }
  return result;
}
