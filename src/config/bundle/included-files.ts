import { isAbsolute, relative, resolve } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { type ConfigFile, readYamlFile } from '../config-file.ts';
import { type Problems, shown } from '../problems.ts';

/**
 * A file and those that it includes, in the order of its list and sorted within a pattern. Only the list of
 * the main file counts, as for the Databricks CLI; its patterns are relative to it.
 */
export function withIncludedFiles(main: ConfigFile, problems: Problems): ConfigFile[] {
  const { include } = main.content;
  if (include === undefined || include === null) return [main];
  const report = (path: readonly PropertyKey[], found: string, expected: string) =>
    problems.add({ name: path.join('.'), place: main.place(path), found, expected });
  if (!Array.isArray(include)) {
    report(['include'], shown(include), 'a list of files or patterns such as resources/*.yml');
    return [main];
  }
  const paths = new Set<string>();
  for (const [index, pattern] of include.entries()) {
    const path = ['include', index];
    if (typeof pattern !== 'string' || pattern === '' || isAbsolute(pattern) || pattern.includes('${')) {
      report(path, shown(pattern), 'a path relative to this file, such as resources/*.yml');
      continue;
    }
    const found = globSync(pattern, { cwd: main.directory, absolute: true, expandDirectories: false }).sort();
    if (found.length === 0 && !isDynamicPattern(pattern)) {
      report(path, shown(pattern), 'a file that is there');
    }
    for (const file of found) paths.add(resolve(file));
  }
  const included = [...paths].flatMap((path) => {
    const displayName = main.displayNameOf(path);
    if (path === resolve(main.directory, main.fileName)) return [];
    return readYamlFile({ path, displayName, root: main.directory }, problems) ?? [];
  });
  return [main, ...included];
}

/** A path as it is named from a folder, with the slashes of every platform. */
export function posixPath(from: string, path: string): string {
  return relative(from, path).replaceAll('\\', '/');
}
