import { isMapping } from '../mapping.ts';
import { didYouMean } from '../near-match.ts';

/** The target that is asked for, and where. */
export interface TargetChoice {
  readonly name: string | undefined;
  readonly from: '--target' | 'DATABRICKS_BUNDLE_TARGET';
}

/** A target that cannot be chosen: what is wrong, as a problem says it. */
export interface TargetProblem {
  readonly path: readonly string[];
  readonly found: string;
  readonly expected: string;
}

/**
 * The target of a bundle: the one that is asked for, else the one with `default: true`, else the only one.
 * Null for a file without targets. The rules are those of the Databricks CLI.
 */
export function chooseTarget(
  content: Readonly<Record<string, unknown>>,
  wanted: TargetChoice,
): string | null | TargetProblem {
  const targets = isMapping(content.targets) ? content.targets : {};
  const names = Object.keys(targets);
  // The variable may be set for the Databricks CLI, and this file be none of its bundles.
  if (names.length === 0 && wanted.from !== '--target') return null;
  if (wanted.name !== undefined) {
    if (names.includes(wanted.name)) return wanted.name;
    const known = names.length === 0 ? 'a file with targets' : `one of ${names.join(', ')}`;
    return {
      path: [wanted.from],
      found: JSON.stringify(wanted.name),
      expected: `${known}.${didYouMean(wanted.name, names)}`,
    };
  }
  if (names.length === 0) return null;
  const byDefault = names.filter((name) => {
    const target = targets[name];
    return isMapping(target) && target.default === true;
  });
  const [first, ...others] = byDefault.length > 0 ? byDefault : names;
  if (first !== undefined && others.length === 0) return first;
  return {
    path: ['targets'],
    found: byDefault.length > 1 ? `several with default: true (${byDefault.join(', ')})` : names.join(', '),
    expected: 'one with default: true, or --target or DATABRICKS_BUNDLE_TARGET to say which',
  };
}
