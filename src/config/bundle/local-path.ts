import { extname, posix, resolve } from 'node:path';
import { isMapping } from '../mapping.ts';
import type { SectionReport } from '../section.ts';

/** Where tasks name a file: a notebook without its extension in the workspace, other files with it. */
const FILE_KEYS: readonly (readonly [task: string, ...keys: string[]])[] = [
  ['notebook_task', 'notebook_path'],
  ['sql_task', 'file', 'path'],
  ['spark_python_task', 'python_file'],
];

/** Whether a text is a path of this machine: neither the workspace's, nor a reference, nor a URI. */
export function isLocalPath(path: unknown): path is string {
  return typeof path === 'string' && path !== '' && !/^([/~]|\$\{|[a-z]+:)/i.test(path);
}

/**
 * Spells every path of a task that is relative to its file as relative to the folder of the main file, since
 * that is what is left when files have been merged.
 */
export function anchorPaths(content: unknown, folder: string): unknown {
  if (Array.isArray(content)) return content.map((inner) => anchorPaths(inner, folder));
  if (!isMapping(content)) return content;
  return Object.fromEntries(
    Object.entries(content).map(([key, inner]) => {
      const anchored = anchorPaths(inner, folder);
      const keys = FILE_KEYS.find(([task]) => task === key)?.slice(1);
      const isGit = isMapping(inner) && inner.source === 'GIT';
      return [
        key,
        keys === undefined || isGit
          ? anchored
          : changed(anchored, keys, (path) => `./${posix.join(folder, path)}`),
      ];
    }),
  );
}

/** What relative paths of a job became. */
export interface Published {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Path in the workspace -> file here. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Gives relative paths of a job's tasks their place below `filePath` of the workspace, as a bundle does, and
 * says which file belongs there; whether it is here matters only to whoever applies the job. A path that leaves
 * the folder is reported.
 */
export function publishPaths(
  settings: Readonly<Record<string, unknown>>,
  { directory, filePath }: { directory: string; filePath: () => string },
  report: SectionReport,
): Published {
  const files: Record<string, string> = {};
  const publish = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((inner, index) => publish(inner, [...path, index]));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        const published = publish(inner, [...path, key]);
        const keys = FILE_KEYS.find(([task]) => task === key)?.slice(1);
        if (keys === undefined || (isMapping(inner) && inner.source === 'GIT')) return [key, published];
        const place = (text: string) => {
          if (posix.normalize(text).startsWith('..')) {
            report(
              [...path, key, ...keys],
              JSON.stringify(text),
              'a file below the folder of the configuration file',
            );
          }
          const inWorkspace = posix.join(filePath(), key === 'notebook_task' ? withoutExtension(text) : text);
          files[inWorkspace] = resolve(directory, text);
          return inWorkspace;
        };
        return [key, changed(published, keys, place)];
      }),
    );
  };
  if (settings.git_source !== undefined) return { settings, files };
  const published = publish(settings.tasks, ['tasks']);
  return { settings: published === undefined ? settings : { ...settings, tasks: published }, files };
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** The mapping with the relative path below these keys changed, if there is one. */
function changed(
  value: unknown,
  [key = '', ...rest]: readonly string[],
  change: (path: string) => string,
): unknown {
  if (!isMapping(value) || !Object.hasOwn(value, key)) return value;
  const inner = value[key];
  if (rest.length > 0) return { ...value, [key]: changed(inner, rest, change) };
  return isLocalPath(inner) ? { ...value, [key]: change(inner) } : value;
}
