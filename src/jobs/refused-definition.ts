import { BackfillError } from '../errors/backfill-error.ts';
import { isRecord } from './comparable-settings.ts';
import type { JobDefinition } from './job-definition.ts';

/**
 * The error for a definition that Databricks refuses, with what it said and the setting it means.
 *
 * @param remaining What could not be taken back of the writes before.
 */
export function refusedDefinition(
  failure: BackfillError,
  definition: JobDefinition,
  remaining: readonly string[],
): BackfillError {
  const said = typeof failure.details.said === 'string' ? failure.details.said : failure.message;
  const field = fieldIn(said, definition.settings);
  const where = ['resources.jobs', definition.key, ...(field === null ? [] : [field])].join('.');
  const outcome =
    remaining.length === 0
      ? 'Nothing was changed.'
      : `Already written and not taken back: ${remaining.join(', ')}; apply again when it is corrected.`;
  return new BackfillError(
    failure.code === 'workspace_rejected' ? 'definition_rejected' : failure.code,
    `Databricks refuses the definition of job "${definition.name}" (${where}): ${said.replace(/[.;]?$/, '.')} ${outcome}`,
    { cause: failure, details: { ...failure.details, job: definition.key, field: where, remaining } },
  );
}

/** The setting that a message names: by a path such as `tasks.0.timeout_seconds`, else by its key alone. */
function fieldIn(said: string, settings: unknown): string | null {
  const paths = said.match(/[A-Za-z_]\w*(?:\.\w+|\[\d+\])+/g) ?? [];
  for (const path of paths) {
    const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
    for (let from = 0; from < keys.length; from++) {
      const field = pathBelow(settings, keys.slice(from));
      if (field !== null) return field;
    }
  }
  const words = new Set(said.match(/\w+/g));
  const key = pathsBelow(settings).find((candidate) => words.has(lastOf(candidate)));
  return key ?? null;
}

/** The path with members of lists by their key, as the file's reader thinks of them; null if nothing is there. */
function pathBelow(settings: unknown, keys: readonly string[]): string | null {
  let value = settings;
  const path: string[] = [];
  for (const key of keys) {
    if (Array.isArray(value)) {
      value = value[Number(key)];
      path.push(nameOf(value, key));
    } else if (isRecord(value) && (key in value || path.length > 0)) {
      value = value[key];
      path.push(key);
    } else return null;
  }
  return path.length === 0 ? null : path.join('.');
}

/** Every path whose last part is a key; what lies deep comes first, since its names are the more telling. */
function pathsBelow(value: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((member, index) => pathsBelow(member, [...path, nameOf(member, String(index))]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...pathsBelow(inner, [...path, key]),
    ...(key.includes('_') ? [[...path, key].join('.')] : []),
  ]);
}

function nameOf(member: unknown, index: string): string {
  if (!isRecord(member)) return index;
  const name = member.task_key ?? member.job_cluster_key ?? member.environment_key ?? member.name;
  return typeof name === 'string' ? name : index;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
