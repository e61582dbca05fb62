import { didYouMean } from './near-match.ts';

/** Reports a reference that cannot be resolved: where it stands, the reference, and what would do. */
export type ReferenceReport = (path: readonly PropertyKey[], found: string, expected: string) => void;

/**
 * What references stand for. `lookUp` gives undefined for a name without a value (a variable of the
 * environment that is not set), and that is not the same as a name that `isKnown` denies.
 */
export interface References {
  lookUp(name: string): unknown;
  /** Whether the name could have a value at all. */
  isKnown(name: string): boolean;
  /** Names to suggest. */
  readonly names: readonly string[];
}

const REFERENCE = /\$\{([^{}]*)\}/g;
const NAME_AND_DEFAULT = /^([A-Za-z_][A-Za-z0-9_.-]*?)(?::-(.*))?$/s;
const LEFT_OUT = Symbol('left out');

/**
 * Replaces `${name}` and `${name:-default}` in every text of a value. A text that is one reference and
 * nothing else takes the type of what it refers to. The default holds when the name has no value; with an
 * empty default, `${env.X:-}` alone as the value of a key, the key is left out.
 */
export function interpolate(
  value: unknown,
  references: References,
  report: ReferenceReport,
  path: readonly PropertyKey[] = [],
): unknown {
  if (typeof value === 'string') return interpolateText(value, references, report, path);
  if (Array.isArray(value)) {
    return value
      .map((inner, index) => interpolate(inner, references, report, [...path, index]))
      .filter((inner) => inner !== LEFT_OUT);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, interpolate(inner, references, report, [...path, key])] as const)
      .filter(([, inner]) => inner !== LEFT_OUT),
  );
}

function interpolateText(
  text: string,
  references: References,
  report: ReferenceReport,
  path: readonly PropertyKey[],
): unknown {
  const resolved = (reference: string, body: string): unknown => {
    const [, name, fallback] = NAME_AND_DEFAULT.exec(body) ?? [];
    const value = name === undefined ? undefined : references.lookUp(name);
    if (value !== undefined) return value;
    if (fallback !== undefined && name !== undefined && references.isKnown(name)) return fallback;
    report(path, reference, expectationOf(name ?? body, references));
    return reference;
  };

  const whole = /^\$\{([^{}]*)\}$/.exec(text);
  if (whole?.[1] === undefined)
    return text.replace(REFERENCE, (reference: string, body: string) => {
      const value = resolved(reference, body);
      if (typeof value !== 'object') return String(value);
      report(path, reference, 'a single value here; a whole mapping or list can only stand alone');
      return reference;
    });
  const value = resolved(text, whole[1]);
  return value === '' && whole[1].endsWith(':-') ? LEFT_OUT : value;
}

function expectationOf(name: string, references: References): string {
  if (name.startsWith('env.') && references.isKnown(name)) {
    const variable = name.slice('env.'.length);
    return `the environment variable ${variable} to be set, or a default as in \${${name}:-default}`;
  }
  if (name.startsWith('var.') && references.names.includes(name)) {
    return `a reference with a value: a default of this variable, here or in the target, or BUNDLE_VAR_${name.slice('var.'.length)} to be set (lookups are not made here)`;
  }
  return `a reference that this file resolves: \${var.<name>}, \${env.<NAME>}, \${workspace.file_path}, \${backfill.catalog}, \${backfill.schema}, \${backfill.warehouse_id} or a key of the file.${didYouMean(name, references.names)}`;
}
