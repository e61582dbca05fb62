import type { ConfigFile } from '../config-file.ts';
import { isMapping } from '../mapping.ts';
import type { Problems } from '../problems.ts';
import { at } from '../section.ts';
import { chooseTarget, type TargetChoice } from './bundle-target.ts';
import { withIncludedFiles } from './included-files.ts';
import { mergedContent } from './merged-content.ts';

/** What a target may say otherwise. */
const TARGET_KEYS = ['backfill', 'mode', 'presets', 'resources', 'variables', 'workspace'];

/**
 * A configuration file as it holds: with the files that it includes, and with the selected target laid over.
 * `bundle.target` is the target's name then, and `workspace.file_path` follows `root_path` where only that is
 * given, as in a Databricks bundle.
 */
export function bundleFile(main: ConfigFile, target: TargetChoice, problems: Problems): ConfigFile {
  const files = withIncludedFiles(main, problems);
  reportTwice(files, problems);
  const together = files.reduce<ConfigFile['content']>(
    (content, file) => mergedContent(content, file.content),
    {},
  );
  const chosen = chooseTarget(together, target);
  if (typeof chosen === 'object' && chosen !== null) {
    const { path, found, expected } = chosen;
    const place = path[0] === target.from ? null : placeIn(files, [[]], together, path);
    problems.add({ name: path.join('.'), place, found, expected });
  }
  const name = typeof chosen === 'string' ? chosen : null;
  const overrides = name === null ? {} : overridesOf(at(together, ['targets', name]));
  const content = withBundleDefaults(mergedContent(together, overrides), name);
  const bases = name === null ? [[]] : [['targets', name], []];
  return { ...main, content, place: (path) => placeIn(files, bases, content, path) };
}

/** `variables: { x: value }` of a target is short for `{ x: { default: value } }`. */
function overridesOf(target: unknown): ConfigFile['content'] {
  if (!isMapping(target)) return {};
  const known = Object.entries(target).filter(([key]) => TARGET_KEYS.includes(key));
  const { variables } = target;
  if (!isMapping(variables)) return Object.fromEntries(known);
  const spelt = Object.entries(variables).map(([key, value]) => [
    key,
    isMapping(value) && ('default' in value || 'lookup' in value) ? value : { default: value },
  ]);
  return { ...Object.fromEntries(known), variables: Object.fromEntries(spelt) };
}

/** Source of the paths: Databricks CLI. It has a root_path per user, which is not known here; ours is shared. */
function withBundleDefaults(content: ConfigFile['content'], target: string | null): ConfigFile['content'] {
  const { bundle, workspace = {} } = content;
  if (!isMapping(bundle) && target === null) return content;
  const name = target ?? 'default';
  const named = { ...(isMapping(bundle) ? bundle : {}), target: name, environment: name };
  if (!isMapping(workspace)) return { ...content, bundle: named };
  const shared = isMapping(bundle) && typeof bundle.name === 'string' ? `\${bundle.name}/${name}` : name;
  const filePath =
    typeof workspace.root_path === 'string'
      ? `\${workspace.root_path}/files`
      : `/Shared/databricks-backfill/${shared}`;
  return { ...content, bundle: named, workspace: { file_path: filePath, ...workspace } };
}

/**
 * The line of a merged value: where a file has just this value at its path, the target's before the bundle's;
 * else where most of the path is.
 */
function placeIn(
  files: readonly ConfigFile[],
  bases: readonly (readonly string[])[],
  content: ConfigFile['content'],
  path: readonly PropertyKey[],
): string {
  const value = at(content, path);
  let best = { depth: -1, place: '' };
  for (const base of bases) {
    for (const file of files) {
      const full = [...base, ...path];
      if (at(file.content, full) === value && value !== undefined) return file.place(full);
      const missing = full.findIndex((_, index) => at(file.content, full.slice(0, index + 1)) === undefined);
      const depth = (missing === -1 ? full.length : missing) - base.length;
      if (depth > best.depth) best = { depth, place: file.place(full) };
    }
  }
  return best.place;
}

/** The same job in two files is a mistake, and not a merge. */
function reportTwice(files: readonly ConfigFile[], problems: Problems): void {
  for (const section of [['resources', 'jobs'], ['variables']]) {
    const first = new Map<string, ConfigFile>();
    for (const file of files) {
      const entries = at(file.content, section);
      for (const key of isMapping(entries) ? Object.keys(entries) : []) {
        const before = first.get(key);
        if (before === undefined) first.set(key, file);
        else {
          problems.add({
            name: [...section, key].join('.'),
            place: file.place([...section, key]),
            found: `a key that ${before.place([...section, key])} has too`,
            expected: 'a key of its own',
          });
        }
      }
    }
  }
}
