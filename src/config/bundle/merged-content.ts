import { isMapping } from '../mapping.ts';

type Content = Readonly<Record<string, unknown>>;

/**
 * What members of a list are known by, so that the one of a target changes the one of the bundle instead of
 * standing beside it; other lists are joined. Source: Databricks CLI, the merge steps of a bundle's jobs.
 */
const LIST_KEYS: Readonly<Record<string, string>> = {
  tasks: 'task_key',
  job_clusters: 'job_cluster_key',
  environments: 'environment_key',
  parameters: 'name',
};

/** `under` with what `over` says laid over it. */
export function mergedContent(under: Content, over: Content): Content {
  return mergedMapping(under, over);
}

function merged(under: unknown, over: unknown, key: string): unknown {
  if (over === undefined || over === null) return under;
  if (isMapping(under) && isMapping(over)) return mergedMapping(under, over);
  if (!Array.isArray(under) || !Array.isArray(over)) return over;
  const listKey = LIST_KEYS[key];
  return listKey === undefined ? [...under, ...over] : mergedList(under, over, listKey);
}

function mergedMapping(under: Content, over: Content): Content {
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(own(under, key), own(over, key), key)]));
}

function mergedList(under: readonly unknown[], over: readonly unknown[], listKey: string): unknown[] {
  const result = [...under];
  for (const member of over) {
    const name = isMapping(member) ? member[listKey] : undefined;
    const at = result.findIndex((one) => name !== undefined && isMapping(one) && one[listKey] === name);
    if (at === -1) result.push(member);
    else result[at] = merged(result[at], member, '');
  }
  return result;
}

function own(content: Content, key: string): unknown {
  return Object.hasOwn(content, key) ? content[key] : undefined;
}
