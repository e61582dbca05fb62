import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { anchorPaths } from './bundle/local-path.ts';
import { isMapping } from './mapping.ts';
import type { Problems } from './problems.ts';

/** A configuration file as it stands, before interpolation. */
export interface ConfigFile {
  /** As messages name it: relative to the working directory where it lies below. */
  readonly displayName: string;
  readonly fileName: string;
  /** Folder of the file; of a file with includes, that of the main file. */
  readonly directory: string;
  /** Whole numbers beyond 2^53 are bigint, so that ids of Databricks survive. */
  readonly content: Readonly<Record<string, unknown>>;
  /** `backfill.yaml:12`, the line of the key at this path or of the nearest key above it. */
  place(path: readonly PropertyKey[]): string;
  /** How messages name another file. */
  displayNameOf(path: string): string;
}

export interface FileChoice {
  /** From the flag `--config`. */
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Reads the file of the flag, else of `BACKFILL_CONFIG`, else `./backfill.yaml`; null if there is none. */
export function readConfigFile({ configFile, env, cwd }: FileChoice, problems: Problems): ConfigFile | null {
  const named = configFile || env.BACKFILL_CONFIG;
  const path = resolve(cwd, named || 'backfill.yaml');
  const name = configFile ? '--config' : env.BACKFILL_CONFIG ? 'BACKFILL_CONFIG' : 'backfill.yaml';
  if (!named && !existsSync(path)) return null;
  const file = { path, displayName: displayName(cwd, path), root: dirname(path), name };
  const read = readYamlFile(file, problems);
  return read && { ...read, displayNameOf: (other) => displayName(cwd, other) };
}

/** Reads one file, without what it includes; null when that cannot be done, which is reported. */
export function readYamlFile(
  file: { path: string; displayName: string; root: string; name?: string },
  problems: Problems,
): ConfigFile | null {
  const { path, name = file.displayName } = file;
  try {
    return parseConfigFile(file, readFileSync(path, 'utf8'), problems);
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    problems.add({
      name,
      place: null,
      found: `${code ?? message} at ${path}`,
      expected: 'a YAML file that can be read',
    });
    return null;
  }
}

function displayName(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

function parseConfigFile(
  { displayName, path, root }: { displayName: string; path: string; root: string },
  yaml: string,
  problems: Problems,
): ConfigFile | null {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, intAsBigInt: true, merge: true, prettyErrors: false });
  for (const error of document.errors) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    problems.add({
      name: `column ${col}`,
      place: `${displayName}:${line}`,
      found: error.message,
      expected: 'valid YAML',
    });
  }
  if (document.errors.length > 0) return null;
  const content: unknown = document.contents === null ? {} : smallNumbers(document.toJS());
  if (!isMapping(content)) {
    problems.add({
      name: 'the file',
      place: `${displayName}:1`,
      found: Array.isArray(content) ? 'a list' : 'a single value',
      expected: 'a mapping with the keys "backfill" and "resources"',
    });
    return null;
  }
  return {
    displayName,
    fileName: basename(path),
    directory: root,
    displayNameOf: (other) => other,
    content: anchorPaths(
      content,
      relative(root, dirname(path)).replaceAll('\\', '/'),
    ) as ConfigFile['content'],
    place: (path) => `${displayName}:${lineOf(document, lineCounter, path)}`,
  };
}

function smallNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(smallNumbers);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, smallNumbers(inner)]));
}

function lineOf(document: Document, lineCounter: LineCounter, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return lineCounter.linePos(offset).line;
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}
