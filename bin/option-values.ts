import { InvalidArgumentError } from 'commander';

/** Readers of option values; commander answers what they throw with the option's name and exit 2. */

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** The same, or the word `none`; commander takes no null from a reader. */
export function wholeNumberOrNone(least: number): (text: string) => number | 'none' {
  return (text) => {
    if (text === 'none') return text;
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}, or "none".`);
  };
}

/** `2024-06-03,2024-06-04`, in one option or in several. */
export function commaSeparated(text: string, before: readonly string[] = []): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('Expected values separated by commas.');
  return [...before, ...parts];
}

/** `name=value`, once for each. */
export function keyValue(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** One value in each option of the name. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
