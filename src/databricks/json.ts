import { parse, stringify } from 'lossless-json';
import { z } from 'zod';

/**
 * Reads JSON of Databricks, whose ids are 64-bit integers: an integer too large for a number arrives as
 * a string of its digits, every other number as a number.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  return parse(text, null, (digits) => {
    const number = Number(digits);
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? digits : number;
  });
}

/** Writes JSON for Databricks; a bigint becomes a plain integer. */
export function toJson(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError('A request body must be a JSON value.');
  return text;
}

/** An id on the wire, as the string that the rest of the product carries. */
export const IdSchema = z.union([z.string().regex(/^-?\d+$/), z.int()]).transform((id) => String(id));

/** A duration or instant in milliseconds on the wire, where left out means 0. */
export const MillisecondsSchema = z
  .number()
  .nullish()
  .transform((ms) => ms ?? 0);

/** A text on the wire, where empty and left out mean the same. */
export const TextSchema = z
  .string()
  .nullish()
  .transform((text) => text || null);
