import { BackfillError } from '../errors/backfill-error.ts';

/**
 * What Unity Catalog takes as a name without surprises: letters, digits, `_` and `-`, up to 255
 * characters (docs.databricks.com, "Names"). Dots, blanks, quotes and control characters are refused
 * rather than escaped, so no name can end the quotes that we put around it.
 */
const IDENTIFIER = /^[\p{L}\p{N}_-]{1,255}$/u;

/**
 * A name for use in SQL text, in backquotes.
 * @param field what the name is for, as the configuration calls it; named in the error.
 * @throws BackfillError `configuration_invalid` if the name could not be quoted safely.
 */
export function quoteIdentifier(field: string, name: string): string {
  if (!IDENTIFIER.test(name)) {
    throw new BackfillError(
      'configuration_invalid',
      `${field} must be a name of letters, digits, "_" or "-" (at most 255), but is ${JSON.stringify(name.slice(0, 80))}; change it in the configuration.`,
      { details: { field, expected: 'letters, digits, "_" or "-", 1 to 255 characters' } },
    );
  }
  return `\`${name}\``;
}
