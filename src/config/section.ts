import { z } from 'zod';
import { didYouMean } from './near-match.ts';
import { shown } from './problems.ts';

/** A finding in a section: where below the section, what was found, what was expected. */
export type SectionReport = (path: readonly PropertyKey[], found: string, expected: string) => void;

/**
 * Reads a section by its schema and reports every problem. What is wrong is then left out, so that the
 * rest of the configuration can still be checked with the good part of this section.
 */
export function readSection<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  report: SectionReport,
): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const good = structuredClone(raw);
  for (const issue of result.error.issues) {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) {
      if (issue.code === 'unrecognized_keys') reportUnknownKey(schema, path, report);
      else report(path, shown(at(raw, path)), expectationOf(issue));
    }
  }
  const bad = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  if (bad.some((path) => path.length === 0)) return schema.parse({});
  for (const path of bad) remove(good, path);
  return withoutIncomplete(schema, good);
}

/** What lost a key that it cannot be without, by that or from the start, is left out as a whole. */
function withoutIncomplete<S extends z.ZodType>(schema: S, good: unknown): z.output<S> {
  for (;;) {
    const result = schema.safeParse(good);
    if (result.success) return result.data;
    const holders = result.error.issues.map(({ path }) => path.slice(0, -1));
    if (holders.some((path) => path.length === 0)) return schema.parse({});
    for (const path of holders) remove(good, path);
  }
}

function reportUnknownKey(schema: z.ZodType, path: readonly PropertyKey[], report: SectionReport): void {
  const known = keysAt(schema, path.slice(0, -1));
  const hint = didYouMean(String(path.at(-1)), known);
  report(path, 'a key that nothing reads', `one of ${known.join(', ')}.${hint}`);
}

function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  // A schema with its own words says better what it wants than the name of a type.
  const isWorded = !issue.message.startsWith('Invalid input');
  if (issue.code !== 'invalid_type' || isWorded) return issue.message;
  return EXPECTED_TYPES[issue.expected] ?? `a value of type ${issue.expected}`;
}

const EXPECTED_TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
};

function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path);
  const [key, ...rest] = path;
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(schema.shape);
  const child: unknown = schema.shape[String(key)];
  return child instanceof z.ZodType ? keysAt(child, rest) : [];
}

/** What stands at a path of plain objects and lists; undefined if nothing does. */
export function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? Reflect.get(inner, key)
        : undefined,
    value,
  );
}

/** Takes the value at a path away; of a list the whole list, since its other members would move up. */
function remove(root: unknown, path: readonly PropertyKey[]): void {
  const inList = path.findIndex((_, depth) => Array.isArray(at(root, path.slice(0, depth))));
  const target = inList === -1 ? path : path.slice(0, inList);
  const parent = at(root, target.slice(0, -1));
  const key = target.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key);
}
