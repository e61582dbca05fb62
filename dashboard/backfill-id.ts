import { BackfillError } from '../src/errors/backfill-error.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isBackfillId(text: string): boolean {
  return UUID.test(text);
}

/** Reads the id of a path. Ids become parts of keys, so nothing else gets there. @throws BackfillError not_found */
export function backfillId(text: string | undefined): string {
  if (text !== undefined && isBackfillId(text)) return text;
  throw new BackfillError('not_found', `There is no backfill ${String(text).slice(0, 80)}.`);
}
