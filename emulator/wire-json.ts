import { isInteger, isSafeNumber, parse, stringify } from 'lossless-json';

/** Parses JSON; integers above 2^53, as ids are, become bigint instead of losing their last digits. */
export function parseJson(text: string): unknown {
  return parse(text, null, (digits) =>
    isInteger(digits) && !isSafeNumber(digits) ? BigInt(digits) : Number(digits),
  );
}

/** Writes JSON; a bigint becomes a plain JSON integer, as the workspace writes its int64 ids. */
export function stringifyJson(value: unknown): string {
  return stringify(value) ?? 'null';
}
